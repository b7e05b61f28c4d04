import Invocation
import JSONCodec
import Storage
import ToolContracts

// Calls that wait for a person.
extension ActiveRun {
  /// What is known of the question whether a call may be made.
  enum Approval {
    case decided(ApprovalDecision)
    /// A person has been asked, and has not answered.
    case asked
    case unasked
  }

  func approval(for question: ApprovalQuestion) async throws(ReplayDivergence) -> Approval {
    guard let history else { return .unasked }
    if let decision = history.decision(on: question.step) { return .decided(decision) }
    // It was made before there was a rule that asks.
    if history.wasMade(question.step) {
      return .decided(.approved(CallApproval(digest: "", expires: 0), arguments: nil))
    }
    guard let pending = history.pendingApprovals.first(where: { $0.step == question.step }) else {
      return .unasked
    }
    if isReplay || stepRunner.runner.time.wallClock() <= pending.expires { return .asked }
    let waits = history.waits(afterDecidingOn: question.step)
    let expired = stepRunner.event(.approvalExpired, of: question, data: pending.expiry(waits: waits))
    guard await stepRunner.append([expired], .durable) else { return .asked }
    self.history?.add(expired)
    return .decided(.expired)
  }
}

extension StepRunner {
  /// The run waits from here on, whether or not its host stays.
  @inline(never)
  func ask(_ questions: [ApprovalQuestion]) async {
    for question in questions { await ask(question) }
  }

  private func ask(_ question: ApprovalQuestion) async {
    let preview = await preview(of: question)
    let data = question.data(at: runner.time.wallClock(), preview)
    _ = await append([event(.approvalRequested, of: question, data: data)], .durable)
  }

  /// What is more than this nobody reads before saying yes.
  private static let maxDetailBytes = 65_536

  private func preview(of question: ApprovalQuestion) async -> ApprovalPreview? {
    guard let call = question.call, let preview = await runner.pipeline.preview(examination(of: call)) else {
      return nil
    }
    let details = preview.details.flatMap { $0.count <= Self.maxDetailBytes ? $0 : nil }
    return ApprovalPreview(summary: preview.summary, details: details)
  }

  fileprivate func event(
    _ kind: JournalEvent.Kind, of question: ApprovalQuestion, data: [UInt8]
  ) -> JournalEvent {
    event(kind, turn: question.turn, agent: question.agent, step: question.step, data: data)
  }
}

extension PendingApproval {
  /// The data of the event that ends the waiting.
  ///
  /// - Parameter waits: what the run waits for all the same.
  func expiry(waits: RunSummary.Status?) -> [UInt8] {
    var data = JSONWriter()
    data.beginObject()
    data.subject(subject)
    data.field("digest", digest)
    if let waits { data.field("waits", waits.rawValue) }
    data.endObject()
    return data.bytes
  }
}

extension FlowStateMachine {
  /// The run stays open until a person has said what may be done.
  func awaiting(_ questions: [ApprovalQuestion]) -> FlowOutcome {
    let names = questions.map { "step \($0.step) (\($0.subject.name))" }.joined(separator: ", ")
    return outcome(
      .awaitingApproval, InvocationFailure(.approvalRequired, "\(names) waits for a person's approval"))
  }
}
