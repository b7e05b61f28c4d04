package import ModelContracts
package import Storage
package import ToolContracts
package import ToolRegistry

/// What is to be done next. The state machine says it, the runner does it. Indirect, as steps are.
package indirect enum FlowAction: Sendable {
  /// All of them, at once if possible; what became of each goes back in this order.
  case perform([FlowStep])
  case finish(FlowOutcome)
}

/// Indirect: steps are large, are handed on often, and wait in every function that waits for them.
package indirect enum FlowStep: Sendable {
  case model(ModelCall)
  case tool(ToolCallStep)
  /// A person is asked whether the call may be made.
  case approval(ToolCallStep, ToolApproval)
  /// A person looks at what a stage was given.
  case review(StageReview)
  /// A person takes the run over, and gives it back. Always alone.
  case person(PersonRequest)
}

extension FlowStep {
  var person: PersonRequest? { if case .person(let request) = self { request } else { nil } }
}

/// What became of a step.
package enum StepOutcome: Sendable {
  /// Of a model call.
  case answer(ModelAnswer)
  case noAnswer(InvocationFailure)
  /// Of a tool call.
  case result(Result<[UInt8], InvocationFailure>)
  case decision(ApprovalDecision)
  case returned(PersonReturn)
}

package struct ModelCall: Sendable {
  package var step: UInt32
  package var turn: UInt32
  package var agent: String
  package var provider: ToolName
  package var request: [UInt8]
  /// What the call may reach in turn: nothing that the agent itself may not.
  package var authority: CallAuthority
  /// Nobody sees the answer before it has been checked.
  package var isWithheld = false
  /// The model that `request` is for.
  package var model = ""
  package var plan = ModelPlan.none
  /// The request as other models get it.
  package var requestForOther: (@Sendable (ModelTarget) -> [UInt8])?
}

package struct ToolCallStep: Sendable {
  package var step: UInt32
  package var turn: UInt32
  package var agent: String
  package var tool: ToolName
  package var arguments: [UInt8]
  package var authority: CallAuthority
  /// A guardrail has seen the arguments: they are not changed any more.
  package var isJudged = false
  package var approval: CallApproval?
  /// The stage whose work the call is; nil for that of an agent.
  package var stage: String?
}

/// Something for the journal, without the time.
package struct FlowRecord: Sendable, Equatable {
  package var kind: JournalEvent.Kind
  package var turn: UInt32
  package var agent: String
  package var step: UInt32?
  package var data: [UInt8]
}

/// What follows from what happened: first what to journal and to show, then what to do.
package struct FlowTransition: Sendable {
  package var records: [FlowRecord]
  package var shown: [FlowEvent]
  package var action: FlowAction
}
