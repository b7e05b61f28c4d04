import JSONCodec
import Manifests
import Storage
package import ToolContracts

/// Decides what a run does next. Has no clock, makes no call and writes nothing: it is given what happened and answers
/// with what follows, so that the same answers always make the same run.
///
/// 1. Every call that a model makes gets exactly one result before the next model call.
/// 2. A turn is one model call. All limits are those of the run, whichever agents it goes through.
/// 3. Within a turn, tools run first and the handoff last; the first valid handoff wins.
/// 4. What a model does wrong is told to the model. Only the same mistake again and again ends the run.
/// 5. Only what was advertised in a request may be called in its answer.
package struct FlowStateMachine: Sendable {
  let flow: FlowDefinition
  let toolboxes: [String: Toolbox]
  var agent: AgentDefinition
  var conversation: Conversation
  var turn: UInt32 = 0
  var nextStep: UInt32 = 1
  var toolCallCount = 0
  var handoffCount = 0
  var handoffsTaken: [String: Int] = [:]
  /// Agents since something new was learned: to go back to one of them is to go in circles.
  var visited: Set<String>
  var hasCalledTools = false
  var batch: ToolBatch?
  var repeatedFailure = RepeatedFailure()
  var isWrappingUp = false
  var records: [FlowRecord] = []
  var shown: [FlowEvent] = []

  init(flow: FlowDefinition, agent: AgentDefinition, toolboxes: [String: Toolbox], input: String) {
    self.flow = flow
    self.agent = agent
    self.toolboxes = toolboxes
    conversation = Conversation(user: input)
    visited = [agent.name]
  }

  /// What its calls may reach: nothing that the agent itself may not.
  func authority(of agent: String) -> CallAuthority { CallAuthority(tools: flow.agents[agent]?.tools ?? []) }

  var toolbox: Toolbox { isWrappingUp ? .empty : toolboxes[agent.name] ?? .empty }

  // MARK: What happened

  package mutating func start() -> FlowTransition {
    agentStarted()
    return transition(to: nextTurn())
  }

  package mutating func modelAnswered(_ answer: ModelAnswer) -> FlowTransition {
    conversation.append(.assistant(text: answer.text, calls: answer.calls))
    if isWrappingUp { return transition(to: wrappedUp(answer)) }
    if answer.calls.isEmpty { return transition(to: finalAnswer(answer)) }
    var batch = classify(answer)
    if batch.running.isEmpty { return transition(to: finish(&batch)) }
    toolCallCount += batch.running.count
    hasCalledTools = true
    self.batch = batch
    return transition(to: .callTools(batch.running))
  }

  package mutating func modelFailed(_ failure: InvocationFailure) -> FlowTransition {
    transition(to: failure.code == .cancelled ? cancelledAction(failure) : failed(failure))
  }

  /// - Parameter results: one for each step of `callTools`, in that order.
  package mutating func toolsAnswered(_ results: [Result<[UInt8], InvocationFailure>]) -> FlowTransition {
    guard var batch = self.batch.take() else {
      return transition(to: failed(InvocationFailure(.internal, "there was no call to answer")))
    }
    batch.fillIn(results)
    visited = [agent.name]
    return transition(to: finish(&batch))
  }

  /// The asker left, or the run's time is up. Whatever was running has been answered before.
  package mutating func cancelled(because failure: InvocationFailure) -> FlowTransition {
    if failure.code == .timedOut { return transition(to: limitReached("timeout", canWrapUp: false)) }
    return transition(to: cancelledAction(failure))
  }

  // MARK: What follows

  mutating func nextTurn() -> FlowAction {
    guard Int(turn) < flow.limits.maxTurns else { return limitReached("max_turns") }
    return callModel()
  }

  private mutating func callModel() -> FlowAction {
    turn += 1
    // Asked for again after it was done, `required` would never come to an end.
    let choice: ToolChoice =
      isWrappingUp ? .none : hasCalledTools && agent.toolChoice == .required ? .auto : agent.toolChoice
    return .callModel(
      ModelCall(
        step: takeStep(), turn: turn, agent: agent.name, provider: agent.provider,
        request: agent.request(conversation, toolbox: toolbox, toolChoice: choice)))
  }

  private mutating func finalAnswer(_ answer: ModelAnswer) -> FlowAction {
    if answer.finishReason == .contentFilter {
      return failed(InvocationFailure(.denied, "the model's answer was withheld by its content filter"))
    }
    agentFinished()
    return .finish(FlowOutcome(status: .succeeded, text: answer.text, agent: agent.name))
  }

  private mutating func wrappedUp(_ answer: ModelAnswer) -> FlowAction {
    agentFinished()
    return .finish(
      FlowOutcome(
        status: .limitReached, text: answer.text, agent: agent.name,
        failure: InvocationFailure(.rateLimited, "the run reached its limit")))
  }

  /// - Parameter canWrapUp: false where there is no time left for it.
  mutating func limitReached(_ limit: String, canWrapUp: Bool = true) -> FlowAction {
    record(.runLimitReached) { $0.field("limit", limit) }
    shown.append(.limitReached(limit))
    if canWrapUp, flow.limits.onLimit == .wrapUp, !isWrappingUp {
      isWrappingUp = true
      return callModel()
    }
    agentFinished()
    let code: InvocationFailure.Code = limit == "timeout" ? .timedOut : .rateLimited
    return .finish(
      FlowOutcome(
        status: .limitReached, text: conversation.lastText, agent: agent.name,
        failure: InvocationFailure(code, "the run reached its limit: \(limit)")))
  }

  mutating func failed(_ failure: InvocationFailure) -> FlowAction {
    agentFinished()
    return .finish(
      FlowOutcome(status: .failed, text: conversation.lastText, agent: agent.name, failure: failure))
  }

  private mutating func cancelledAction(_ failure: InvocationFailure) -> FlowAction {
    agentFinished()
    return .finish(
      FlowOutcome(status: .cancelled, text: conversation.lastText, agent: agent.name, failure: failure))
  }

  // MARK: Records

  mutating func agentStarted() {
    record(.agentStarted) { _ in }
    shown.append(.agentStarted(agent.name))
  }

  mutating func agentFinished() { record(.agentFinished) { _ in } }

  mutating func takeStep() -> UInt32 {
    defer { nextStep += 1 }
    return nextStep
  }

  mutating func record(_ kind: JournalEvent.Kind, step: UInt32? = nil, _ write: (inout JSONWriter) -> Void) {
    var data = JSONWriter(reserving: 96)
    data.beginObject()
    write(&data)
    data.endObject()
    records.append(FlowRecord(kind: kind, turn: turn, agent: agent.name, step: step, data: data.bytes))
  }

  private mutating func transition(to action: FlowAction) -> FlowTransition {
    defer {
      records = []
      shown = []
    }
    return FlowTransition(records: records, shown: shown, action: action)
  }
}
