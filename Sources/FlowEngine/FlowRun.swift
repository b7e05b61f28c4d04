package import ToolContracts

/// A question to a flow.
package struct FlowRequest: Sendable {
  package var flow: String
  package var input: String
  package var principal: Principal
  package var run: RunID
  package var cancellation: Cancellation
  package var observer: (any FlowObserver)?
  /// Whom the run's tools may ask.
  package var asker: (any InquiryPort)?
  /// Nil for a run that stands for itself.
  package var turn: ConversationTurn?
  /// Nil: the models that the flow names.
  package var choice: ModelChoice?

  package init(
    flow: String, input: String, principal: Principal, run: RunID,
    cancellation: Cancellation = Cancellation(),
    observer: (any FlowObserver)? = nil, asker: (any InquiryPort)? = nil, turn: ConversationTurn? = nil,
    choice: ModelChoice? = nil
  ) {
    self.flow = flow
    self.input = input
    self.principal = principal
    self.run = run
    self.cancellation = cancellation
    self.observer = observer
    self.asker = asker
    self.turn = turn
    self.choice = choice
  }
}

extension FlowRequest {
  /// A run that the journal has, as it was asked for.
  init(
    _ run: RunID, of tenant: TenantID, as history: RunHistory, cancellation: Cancellation = Cancellation(),
    observer: (any FlowObserver)? = nil, asker: (any InquiryPort)? = nil
  ) {
    self.init(
      flow: history.flow, input: history.input, principal: Principal(tenant: tenant, user: history.user),
      run: run, cancellation: cancellation, observer: observer, asker: asker, turn: history.turn,
      choice: history.choice)
  }

  /// Where a call of the run stands.
  func position(turn number: UInt32, agent: String) -> RunPosition {
    RunPosition(turn: number, agent: agent, conversation: turn?.conversation?.description)
  }
}

/// How a run ended.
package struct FlowOutcome: Sendable, Equatable {
  package enum Status: String, Sendable {
    case succeeded
    case failed
    case cancelled
    case limitReached = "limit_reached"
    /// Not at its end: it waits for a person to say what became of a call.
    case inDoubt = "in_doubt"
    /// Not at its end: it waits for a person to approve a call.
    case awaitingApproval = "awaiting_approval"
    /// Not at its end: it was handed over to a person.
    case awaitingPerson = "waiting_for_person"
  }
  package var status: Status
  /// The answer; after a limit, what there is of one.
  package var text: String
  /// The agent that spoke last.
  package var agent: String
  /// Nil for a run that succeeded.
  package var failure: InvocationFailure?
  /// Who answers the next turn of the conversation; nil: the agent with which the flow begins.
  var resume: ResumedAgent?

  package init(status: Status, text: String, agent: String, failure: InvocationFailure? = nil) {
    self.status = status
    self.text = text
    self.agent = agent
    self.failure = failure
  }
}

/// Told what happens in a run while it happens; for front ends. The journal holds the same and more. From any thread;
/// must not block.
package protocol FlowObserver: Sendable {
  func observed(_ event: FlowEvent)
}

package enum FlowEvent: Sendable, Equatable {
  case agentStarted(String)
  /// A piece of the answer that an agent is giving. What an agent says beside tool calls comes here too.
  case text(String, agent: String)
  case toolStarted(ToolName, agent: String, call: CallID, arguments: [UInt8])
  case toolProgressed(CallProgress, call: CallID)
  case toolFinished(ToolName, agent: String, call: CallID, failure: InvocationFailure?, nanoseconds: Int64)
  case handedOff(from: String, to: String)
  /// Asked, and waited for.
  case delegated(from: String, to: String)
  case handoffRefused(target: String, agent: String, failure: InvocationFailure)
  /// Its answer does not have the form that its schema asks for.
  case answerRejected(agent: String, failure: InvocationFailure)
  case guardrailTripped(String, agent: String, stage: String)
  case limitReached(String)
  case stage(String, StageProgress)
}

/// How far a stage has come.
package enum StageProgress: Sendable, Equatable {
  case started
  case finished
  case failed(InvocationFailure)
  /// The stage that it needs, directly or not, has failed.
  case skipped(because: String)

  /// What became of it, to be said behind its name.
  package var words: String {
    switch self {
    case .started: "was begun"
    case .finished: "is done"
    case .failed(let failure): "failed: \(failure.message)"
    case .skipped(let failed): "was left out, since \(failed) failed"
    }
  }
}
