import FlowEngine
import JSONCodec
import Locking
import ToolContracts

/// Tells a run on the terminal while it happens: who speaks, what is called, how long it took.
final class RunNarrator: FlowObserver {
  private let console: Console
  private let isInLine = Lock(false)

  init(_ console: Console) { self.console = console }

  func observed(_ event: FlowEvent) {
    switch event {
    case .agentStarted(let agent):
      line(console.styled("▸ \(agent)", .bold))
    case .text(let piece, _):
      isInLine.withLock { isInLine in
        if !isInLine { console.piece("  ") }
        isInLine = true
      }
      console.piece(printable(piece, keepsNewlines: true))
    case .toolStarted(let tool, _, _, let arguments):
      line("  · \(console.styled(tool.description, .cyan)) \(shortened(arguments))")
    case .toolProgressed(let progress, _):
      line(console.styled("    \(progress.done) of \(progress.total) \(printable(progress.note))", .dim))
    case .toolFinished(_, _, _, let failure, let nanoseconds):
      let took = console.styled(milliseconds(nanoseconds), .dim)
      if let failure {
        line("    \(console.styled(failure.code.rawValue, .red)) \(took)  \(printable(failure.message))")
      } else {
        line("    \(console.styled("ok", .green)) \(took)")
      }
    case .handedOff(let from, let to):
      line("  → \(from) hands over to \(to)")
    case .delegated(let from, let to):
      line("  → \(from) asks \(to)")
    case .handoffRefused(let target, _, let failure):
      line("  \(console.styled("handoff to \(target) refused", .yellow)): \(printable(failure.message))")
    case .answerRejected(_, let failure):
      line("  \(console.styled("answer refused", .yellow)): \(printable(failure.message))")
    case .guardrailTripped(let guardrail, _, let stage):
      line("  \(console.styled("refused by \(guardrail)", .red)) (\(stage))")
    case .stage(let stage, .started): line(console.styled("◆ \(stage)", .bold))
    case .stage(_, .finished): break
    case .stage(let stage, let progress):
      line("  \(console.styled("stage \(stage)", .yellow)) \(printable(progress.words))")
    case .limitReached(let limit):
      line(console.styled("  limit reached: \(limit)", .yellow))
    }
  }

  /// The answer was told in pieces; what ended the run otherwise is told now.
  func finish(_ outcome: FlowOutcome, run: RunID) {
    endLine()
    if let failure = outcome.failure {
      console.message("jackfield: \(outcome.status.rawValue): \(printable(failure.message))")
    }
    if outcome.status == .awaitingPerson {
      console.message("jackfield run take-over \(run), run return \(run), then jackfield run resume \(run)")
    }
    if outcome.status == .awaitingApproval {
      console.message("jackfield run approve|deny \(run) STEP, then jackfield run resume \(run)")
    }
    console.message(console.styled("run \(run)", .dim))
  }

  private func line(_ text: String) {
    endLine()
    console.result(text)
  }

  private func endLine() {
    isInLine.withLock { isInLine in
      if isInLine { console.piece("\n") }
      isInLine = false
    }
  }

  private func shortened(_ arguments: [UInt8]) -> String {
    let text = printable(String(decoding: arguments, as: UTF8.self))
    return text.count <= 100 ? text : text.prefix(99) + "…"
  }
}
