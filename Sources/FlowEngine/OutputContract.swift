package import JSONCodec
package import JSONSchema
import ToolContracts

/// The form that an agent's answer must have.
package struct OutputContract: Sendable {
  package let schema: JSONValue
  package let compiled: CompiledSchema
  /// How often a wrong answer is given back to the model.
  package let repairs: Int

  package init(schema: JSONValue, compiled: CompiledSchema, repairs: Int = 2) {
    self.schema = schema
    self.compiled = compiled
    self.repairs = repairs
  }

  /// - Returns: the answer's JSON, as it was written.
  func json(in text: String) throws(InvocationFailure) -> [UInt8] {
    let json = unfenced(text)
    let document: JSONDocument
    do { document = try JSONDocument(parsing: Array(json.utf8), limits: .strict) } catch {
      throw InvocationFailure(.invalidResult, "the answer is not JSON: \(error.message)")
    }
    if let error = compiled.validate(document.root, maxErrors: 1).first {
      throw InvocationFailure(.invalidResult, error.message, pointer: error.instance)
    }
    return Array(document.root.rawBytes)
  }

  /// Models like to put JSON into a fence of Markdown. What stands around a fence makes the answer more than JSON.
  private func unfenced(_ text: String) -> String {
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    while lines.first?.allSatisfy(\.isWhitespace) == true { lines.removeFirst() }
    while lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
    guard lines.count >= 3, lines.first == "```json" || lines.first == "```", lines.last == "```" else {
      return text
    }
    return lines[1..<(lines.count - 1)].joined(separator: "\n")
  }
}
