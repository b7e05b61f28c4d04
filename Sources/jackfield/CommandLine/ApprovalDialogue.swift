import FlowEngine
import Glibc
import Locking
import ToolContracts

/// Asks the person at the terminal whether calls may be made. What is asked goes to standard error, where results are not.
final class ApprovalDialogue: Sendable {
  private let terminal = Lock(TerminalInput(STDIN_FILENO))
  private let interruption: Cancellation

  /// - Returns: nil where nobody is at a terminal.
  init?(until interruption: Cancellation) {
    guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return nil }
    self.interruption = interruption
  }

  /// - Returns: nil where the person leaves it for later.
  func verdict(on call: PendingApproval) async -> ApprovalVerdict? {
    await withCheckedContinuation { (continuation: CheckedContinuation<ApprovalVerdict?, Never>) in
      let started = startThread("jf-approval") { [self] in
        continuation.resume(returning: terminal.withLock { ask(about: call, reading: &$0) })
      }
      if !started { continuation.resume(returning: nil) }
    }
  }

  private func ask(about call: PendingApproval, reading input: inout TerminalInput) -> ApprovalVerdict? {
    say("\(call.question) \(String(decoding: call.content, as: UTF8.self))\n")
    if let preview = call.preview { say("It says what it would do: \(preview.summary)\n") }
    while true {
      say("Approve? [y]es, [n]o, [e]dit, [l]ater: ")
      guard let line = typed(&input) else { return nil }
      switch line.lowercased().trimmed {
      case "y", "yes": return .approve()
      case "n", "no":
        say("Why not? (Whoever asked reads it; Enter leaves it out.) ")
        return typed(&input).map { .deny(reason: $0.trimmed) }
      case "e", "edit":
        say("What instead, as JSON: ")
        return typed(&input).map { .approve(arguments: Array($0.trimmed.utf8)) }
      case "l", "later": return nil
      default: continue
      }
    }
  }

  /// - Returns: nil where there is nobody any more.
  private func typed(_ input: inout TerminalInput) -> String? {
    if case .typed(let line) = input.readLine(until: interruption) { line } else { nil }
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
