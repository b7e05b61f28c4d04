import JSONCodec
import ToolContracts
import ToolRegistry

// Calls that a person must approve before they are made.
extension AgentLoop {
  private func approval(for entry: ToolBatch.Entry) -> ToolApproval? {
    guard !entry.isDecided, case .tool(let step) = entry.work,
      let approval = toolbox[entry.call.name]?.approval, approval.isNeeded(for: step.arguments)
    else { return nil }
    return approval
  }

  /// Calls that need nobody's approval are made at once; the others are asked about meanwhile.
  ///
  /// - Returns: nil where there is nothing to ask.
  mutating func askForApprovals(_ batch: ToolBatch) -> LoopMove? {
    var batch = batch
    var steps: [FlowStep] = []
    var isAsking = false
    for (entry, step) in batch.openTools {
      if let approval = approval(for: batch.entries[entry]) {
        isAsking = true
        batch.entries[entry].isAskedAbout = true
        steps.append(.approval(step, approval))
      } else {
        steps.append(.tool(step))
      }
    }
    guard isAsking else { return nil }
    hasCalledTools = true
    phase = .approvals(batch)
    return .perform(steps)
  }

  mutating func approvalsDecided(
    _ batch: ToolBatch, _ outcomes: [StepOutcome], _ run: inout RunLedger
  ) -> LoopMove {
    var batch = batch
    var next = outcomes.makeIterator()
    for (entry, _) in batch.openTools {
      switch next.next() {
      case .result(let result):
        batch.entries[entry].result = result
        visited = [agent.name]
      case .decision(let decision): decide(decision, entry, in: &batch, &run)
      case .answer, .noAnswer, .returned, nil: break
      }
    }
    // What a person wrote is judged as what a model wrote.
    return checkArguments(of: batch, &run)
  }

  private mutating func decide(
    _ decision: ApprovalDecision, _ entry: Int, in batch: inout ToolBatch, _ run: inout RunLedger
  ) {
    guard case .tool(var step) = batch.entries[entry].work else { return }
    batch.entries[entry].isAskedAbout = false
    switch decision {
    case .approved(let approval, let arguments):
      step.approval = approval
      if let arguments {
        step.arguments = arguments
        batch.entries[entry].isJudged = false
        conversation.amend(
          batch.entries[entry].call.id, arguments: String(decoding: arguments, as: UTF8.self))
      }
      batch.entries[entry].work = .tool(step)
      batch.entries[entry].isDecided = true
    case .denied(let reason):
      let words = reason.isEmpty ? "" : ": \(reason)"
      refuse(entry, in: &batch, InvocationFailure(.denied, "a person did not approve the call\(words)"), &run)
    case .expired:
      refuse(
        entry, in: &batch,
        InvocationFailure(.approvalExpired, "nobody approved the call in time, and it was not made"), &run)
    }
  }
}
