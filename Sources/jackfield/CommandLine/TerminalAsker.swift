import Glibc
import JSONCodec
import JSONSchema
import Locking
import MCPServer
import ToolContracts

/// Asks the person at the terminal, one question at a time. What is asked goes to standard error, where results are not.
final class TerminalAsker: InquiryPort {
  private static let tries = 3
  /// One at a time has the terminal.
  private let terminal = Lock(TerminalInput(STDIN_FILENO))

  /// Nobody wants to know any more.
  private struct TakenBack: Error {}

  /// - Returns: nil where nobody is at a terminal.
  init?() {
    guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return nil }
  }

  func ask(
    _ inquiries: [Inquiry], until over: Cancellation, reply: @escaping @Sendable ([InquiryAnswer]) -> Void
  ) -> CallStatus {
    let canAsk = inquiries.allSatisfy { inquiry in
      switch inquiry {
      case .form, .url: true
      case .sampling, .roots: false
      }
    }
    guard canAsk else { return .unsupported }
    guard inquiries.allSatisfy(\.isWellFormed) else { return .argument }
    let started = startThread("jf-question") { [self] in
      let answers = terminal.withLock { answer(inquiries, reading: &$0, until: over) }
      if let answers { reply(answers) }
    }
    return started ? .ok : .busy
  }

  /// - Returns: nil where nobody wants to know any more.
  private func answer(
    _ inquiries: [Inquiry], reading input: inout TerminalInput, until over: Cancellation
  ) -> [InquiryAnswer]? {
    if over.isCancelled { return nil }
    var typed = Typed(input: input, over: over)
    defer { input = typed.input }
    do throws(TakenBack) {
      var answers: [InquiryAnswer] = []
      for inquiry in inquiries { answers.append(try answer(inquiry, &typed)) }
      return answers
    } catch {
      say("\n(Nobody waits for the answer any more.)\n")
      return nil
    }
  }

  private struct Typed {
    var input: TerminalInput
    let over: Cancellation

    /// - Returns: nil at the end of the input.
    mutating func line() throws(TakenBack) -> String? {
      switch input.readLine(until: over) {
      case .typed(let line): return line
      case .ended: return nil
      case .takenBack: throw TakenBack()
      }
    }
  }

  private func answer(_ inquiry: Inquiry, _ typed: inout Typed) throws(TakenBack) -> InquiryAnswer {
    switch inquiry {
    case .form(let message, let schema): return try fillIn(message, schema, &typed)
    case .url(let message, let url):
      say("\(message)\n  \(url)\nDone? [y/n] ")
      switch try typed.line()?.lowercased() {
      case "y", "yes": return .accepted([:])
      case "n", "no": return .declined
      default: return .dismissed
      }
    case .sampling, .roots: return .dismissed
    }
  }

  /// - Returns: what was filled in; declined for a single `-`, dismissed at the end of the input.
  private func fillIn(
    _ message: String, _ schema: JSONValue, _ typed: inout Typed
  ) throws(TakenBack) -> InquiryAnswer {
    guard let compiled = try? CompiledSchema(schema) else { return .dismissed }
    say("\(message)\n(Enter alone leaves a field out, - declines.)\n")
    for _ in 0..<Self.tries {
      var content = JSONObject()
      for (name, field) in schema["properties"]?.object ?? JSONObject() {
        say("  \(FieldPrompt(name, field).text): ")
        guard let line = try typed.line() else { return .dismissed }
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
