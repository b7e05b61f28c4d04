import FlowEngine
import Glibc
import Locking
import ToolContracts

/// Asks the person at the terminal whether calls may be made. What is asked goes to standard error, where results are not.
final class ApprovalDialogue: Sendable {
  private let terminal = Lock(TerminalInput(STDIN_FILENO))

  /// - Returns: nil where nobody is at a terminal.
  init?() {
    guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return nil }
  }

  /// - Parameter over: nobody wants to know any more.
  /// - Returns: nil then, and where the person leaves it for later.
  func verdict(on call: PendingApproval, until over: Cancellation) async -> ApprovalVerdict? {
    await withCheckedContinuation { (continuation: CheckedContinuation<ApprovalVerdict?, Never>) in
      let started = startThread("jf-approval") { [self] in
        continuation.resume(returning: terminal.withLock { ask(about: call, reading: &$0, until: over) })
      }
      if !started { continuation.resume(returning: nil) }
    }
  }

  private func ask(
    about call: PendingApproval, reading input: inout TerminalInput, until over: Cancellation
  ) -> ApprovalVerdict? {
    say("\(call.question) \(String(decoding: call.content, as: UTF8.self))\n")
    if let preview = call.preview { say("It says what it would do: \(preview.summary)\n") }
    while true {
      say("Approve? [y]es, [n]o, [e]dit, [l]ater: ")
      guard let line = typed(&input, until: over) else { return nil }
      switch line.lowercased().trimmed {
      case "y", "yes": return .approve()
      case "n", "no":
        say("Why not? (Whoever asked reads it; Enter leaves it out.) ")
        return typed(&input, until: over).map { .deny(reason: $0.trimmed) }
      case "e", "edit":
        say("What instead, as JSON: ")
        return typed(&input, until: over).map { .approve(arguments: Array($0.trimmed.utf8)) }
      case "l", "later": return nil
      default: continue
      }
    }
  }

  /// - Returns: nil where there is nobody any more.
  private func typed(_ input: inout TerminalInput, until over: Cancellation) -> String? {
    if case .typed(let line) = input.readLine(until: over) { line } else { nil }
  }

  func say(_ text: String) {
    var text = printable(text, keepsNewlines: true)
    text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}

extension PendingApproval {
  fileprivate var question: String {
    switch subject {
    case .tool(let tool): "\(agent.isEmpty ? "The flow" : agent) wants to call \(tool)"
    case .stage(let stage): "The stage \(stage) asks whether to go on with"
    }
  }
}
