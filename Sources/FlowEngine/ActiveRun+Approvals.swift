import JSONCodec
import Storage
import ToolContracts
import ToolRegistry

// Calls that wait for a person.
extension ActiveRun {
  /// What is known of the question whether a call may be made.
  enum Approval {
    case decided(ApprovalDecision)
    /// A person has been asked, and has not answered.
    case asked
    case unasked
  }

  mutating func approval(of step: ToolCallStep) async throws(ReplayDivergence) -> Approval {
    guard let history else { return .unasked }
    if let decision = history.decision(on: step.step) { return .decided(decision) }
    // It was made before there was a rule that asks.
    if history.wasMade(step.step) {
      return .decided(.approved(CallApproval(digest: "", expires: 0), arguments: nil))
    }
    guard let pending = history.pendingApprovals.first(where: { $0.step == step.step }) else {
      return .unasked
    }
    if isReplay || runner.time.wallClock() <= pending.expires { return .asked }
    return await append([event(.approvalExpired, of: step, data: pending.expiry)], .durable)
      ? .decided(.expired) : .asked
  }

  /// The run waits from here on, whether or not its host stays.
  func ask(about step: ToolCallStep, _ approval: ToolApproval) async {
    var data = JSONWriter(reserving: 256 + step.arguments.count)
    data.beginObject()
    data.field("tool", step.tool.description)
    data.field("arguments", raw: step.arguments)
    data.field("digest", approval.digest(of: step.arguments))
    data.field("expires", runner.time.wallClock() &+ approval.rule.expiresNanoseconds)
    data.endObject()
    _ = await append([event(.approvalRequested, of: step, data: data.bytes)], .durable)
  }

  private func event(_ kind: JournalEvent.Kind, of step: ToolCallStep, data: [UInt8]) -> JournalEvent {
    event(kind, turn: step.turn, agent: step.agent, step: step.step, data: data)
  }
}

extension PendingApproval {
  /// The data of the event that ends the waiting.
  var expiry: [UInt8] {
    var data = JSONWriter()
    data.beginObject()
    data.field("tool", tool)
    data.field("digest", digest)
    data.endObject()
    return data.bytes
  }
}

extension FlowStateMachine {
  /// The run stays open until a person has said what may be done.
  func awaiting(_ calls: [ToolCallStep]) -> FlowOutcome {
    let names = calls.map { "step \($0.step) (\($0.tool))" }.joined(separator: ", ")
    return outcome(
      .awaitingApproval, InvocationFailure(.approvalRequired, "\(names) waits for a person's approval"))
  }
}
