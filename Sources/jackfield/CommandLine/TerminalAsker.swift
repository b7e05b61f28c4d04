import Glibc
import JSONCodec
import JSONSchema
import Locking
import ToolContracts

/// Asks the person at the terminal, one question at a time. What is asked goes to standard error, where results are not.
final class TerminalAsker: InquiryPort {
  private static let tries = 3
  /// One at a time has the terminal.
  private let terminal = Lock(())

  /// - Returns: nil where nobody is at a terminal.
  init?() {
    guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return nil }
  }

  func ask(_ inquiries: [Inquiry], reply: @escaping @Sendable ([InquiryAnswer]) -> Void) -> CallStatus {
    let canAsk = inquiries.allSatisfy { inquiry in
      switch inquiry {
      case .form, .url: true
      case .sampling, .roots: false
      }
    }
    guard canAsk else { return .unsupported }
    let started = startThread("jf-question") { [self] in
      reply(terminal.withLock { _ in inquiries.map(answer) })
    }
    return started ? .ok : .busy
  }

  private func answer(_ inquiry: Inquiry) -> InquiryAnswer {
    switch inquiry {
    case .form(let message, let schema): return fillIn(message, schema)
    case .url(let message, let url):
      say("\(message)\n  \(url)\nDone? [y/n] ")
      switch readLine()?.lowercased() {
      case "y", "yes": return .accepted([:])
      case "n", "no": return .declined
      default: return .dismissed
      }
    case .sampling, .roots: return .dismissed
    }
  }

  /// - Returns: what was filled in; declined for a single `-`, dismissed at the end of the input.
  private func fillIn(_ message: String, _ schema: JSONValue) -> InquiryAnswer {
    guard let compiled = try? CompiledSchema(schema) else { return .dismissed }
    say("\(message)\n(Enter alone leaves a field out, - declines.)\n")
    for _ in 0..<Self.tries {
      var content = JSONObject()
      for (name, field) in schema["properties"]?.object ?? JSONObject() {
        say("  \(FieldPrompt(name, field).text): ")
        guard let line = readLine() else { return .dismissed }
        if line == "-" { return .declined }
        content[name] = line.isEmpty ? field["default"] : FieldPrompt.value(line, as: field["type"]?.string)
      }
      let filled = JSONValue.object(content)
      guard let document = try? JSONDocument(parsing: filled.serialized()) else { return .dismissed }
      guard let fault = compiled.validate(document.root, maxErrors: 1).first else { return .accepted(filled) }
      say("That does not fit: \(printable(fault.message))\n")
    }
    return .dismissed
  }

  /// What a tool wants a person to read is no command to the terminal.
  private func say(_ text: String) {
    var text = printable(text, keepsNewlines: true)
    text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}

private struct FieldPrompt {
  let text: String

  init(_ name: String, _ field: JSONValue) {
    var text = field["title"]?.string ?? name
    if let description = field["description"]?.string { text += " (\(description))" }
    let choices = field["enum"]?.array?.compactMap(\.string) ?? []
    if !choices.isEmpty { text += " {\(choices.joined(separator: "|"))}" }
    if let standard = field["default"] { text += " [\(standard.string ?? standard.text)]" }
    self.text = text
  }

  /// What does not look like the type is kept as it was typed; the form's schema says what is wrong with it.
  static func value(_ line: String, as type: String?) -> JSONValue {
    switch type {
    case "number", "integer": (try? JSONValue(parsing: line)) ?? .string(line)
    case "boolean":
      switch line.lowercased() {
      case "true", "yes", "y": true
      case "false", "no", "n": false
      default: .string(line)
      }
    case "array": .array(line.split(separator: ",").map { .string($0.trimmingSpaces) })
    default: .string(line)
    }
  }
}

extension Substring {
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
