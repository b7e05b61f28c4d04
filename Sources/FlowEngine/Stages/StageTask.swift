import JSONCodec
import ToolContracts
import ToolRegistry

/// A stage at work on which no agent is: a call of a tool, or a question to a person.
struct StageTask: Sendable {
  enum Work: Sendable {
    case call(ToolCallStep)
    case review(StageReview)
    /// The stage has failed with this; a person gives what it owes, or leaves it at that.
    case person(InvocationFailure)
  }
  typealias End = Result<JSONValue, InvocationFailure>
  let stage: StageDefinition
  let input: JSONValue
  var work: Work
  /// A person is being asked whether the call may be made, or has just said that it may not.
  var isAskedAbout = false
  /// What is being done for it, or is to be done.
  var pending: [FlowStep]

  init(_ stage: StageDefinition, _ input: JSONValue, _ work: Work, _ step: FlowStep) {
    self.stage = stage
    self.input = input
    self.work = work
    if case .approval = step { isAskedAbout = true }
    pending = [step]
  }

  /// A person has been asked already.
  var isInPerson: Bool { if case .person = work { true } else { false } }

  /// The call that has no end of its own: it was never made.
  var openCall: ToolCallStep? {
    guard case .call(let step) = work, isAskedAbout || !pending.isEmpty else { return nil }
    return step
  }

  /// - Returns: nil where there is more to be done.
  mutating func answered(_ outcome: StepOutcome?, in flow: String) -> End? {
    switch (work, outcome) {
    case (.call, .result(.success(let json))):
      guard let value = try? JSONValue(parsing: json) else {
        return .failure(InvocationFailure(.invalidResult, "the result makes no sense"))
      }
      return .success(value)
    case (.call, .result(.failure(let failure))): return .failure(failure)
    case (.call(let step), .decision(let decision)): return decided(decision, on: step)
    case (.review(let review), .decision(let decision)): return decided(decision, on: review, in: flow)
    case (.person(let failure), .returned(let given)):
      return given.text.map { .success((try? JSONValue(parsing: $0, limits: .strict)) ?? .string($0)) }
        ?? .failure(failure)
    case (_, .answer), (_, .noAnswer), (_, .returned), (.review, .result), (.person, _), (_, nil):
      return .failure(InvocationFailure(.internal, "there was no step to answer"))
    }
  }

  private mutating func decided(_ decision: ApprovalDecision, on step: ToolCallStep) -> End? {
    switch decision {
    case .approved(let approval, let arguments):
      var step = step
      step.approval = approval
      if let arguments { step.arguments = arguments }
      work = .call(step)
      isAskedAbout = false
      pending = [.tool(step)]
      return nil
    case .denied(let reason): return .failure(.notApproved(reason))
    case .expired: return .failure(.approvedByNobody)
    }
  }

  /// Only what was approved goes on, as the stage is now.
  private func decided(_ decision: ApprovalDecision, on review: StageReview, in flow: String) -> End {
    switch decision {
    case .approved(let approval, let edited):
      let value = edited.flatMap { try? JSONValue(parsing: $0) } ?? input
      guard stage.digest(of: value, in: flow) == approval.digest else {
        return .failure(
          InvocationFailure(.approvalExpired, "something else was approved than is to go on"))
      }
      return .success(value)
    case .denied(let reason): return .failure(.notApproved(reason))
    case .expired: return .failure(.approvedByNobody)
    }
  }
}

extension InvocationFailure {
  fileprivate static func notApproved(_ reason: String) -> InvocationFailure {
    InvocationFailure(.denied, "a person did not approve it" + (reason.isEmpty ? "" : ": \(reason)"))
  }

  fileprivate static let approvedByNobody = InvocationFailure(
    .approvalExpired, "nobody approved it in time, and it was not done")
}
