import JSONCodec
import ModelContracts
import Storage
import ToolContracts

/// What all agents of a run share: its limits, what has been used of them, and what there is to tell.
struct RunLedger: Sendable {
  let flow: FlowDefinition
  let context: RunContext
  /// What is asked.
  let input: String
  /// What was said before; nil for a run that stands for itself.
  var past: ConversationPast?
  private let toolboxes: [String: Toolbox]
  /// Model calls so far.
  private(set) var turn: UInt32 = 0
  private(set) var nextStep: UInt32 = 1
  private(set) var nextLoop = 0
  private(set) var toolCallCount = 0
  var handoffCount = 0
  private(set) var tokenCount = 0
  /// Of the model calls of which it is known.
  private(set) var cost = Money.zero
  /// Whether `cost` is not all.
  private(set) var hasUnknownCost = false
  private var handoffsTaken: [String: Int] = [:]
  /// By agent.
  private var turnsTaken: [String: Int] = [:]
  private var toolCallsMade: [String: Int] = [:]
  /// Of all agents that worked for it.
  private var stageTurns: [String: Int] = [:]
  private var stageToolCalls: [String: Int] = [:]
  private(set) var records: [FlowRecord] = []
  private(set) var shown: [FlowEvent] = []

  init(
    flow: FlowDefinition, context: RunContext, toolboxes: [String: Toolbox], input: String,
    past: ConversationPast?
  ) {
    self.input = input
    self.past = past
    self.flow = flow
    self.context = context
    self.toolboxes = toolboxes
  }

  /// With the blanks of its instructions filled in; nil where the flow has no such agent.
  func agent(_ name: String) -> AgentDefinition? {
    guard var agent = flow.agents[name] else { return nil }
    let template = TextTemplate(agent.instructions)
    if template.names.isEmpty { return agent }
    let own = context.variables(flow: flow.name, agent: name)
    agent.instructions = template.filledIn { own[$0] ?? flow.variables[$0] ?? "" }
    return agent
  }

  /// - Parameter isAnswering: whether nobody but the user, or a stage, waits for what the agent says.
  func toolbox(of agent: AgentDefinition, within authority: Authority, isAnswering: Bool) -> Toolbox {
    let toolbox = (toolboxes[agent.name] ?? .empty).within(authority)
    return isAnswering && flow.humanHandoff?.onAgentRequest == true ? toolbox.withPerson : toolbox
  }

  // MARK: Counters

  mutating func takeTurn(of agent: String, for stage: String?) -> UInt32 {
    turn += 1
    turnsTaken[agent, default: 0] += 1
    if let stage { stageTurns[stage, default: 0] += 1 }
    return turn
  }

  mutating func takeStep() -> UInt32 {
    defer { nextStep += 1 }
    return nextStep
  }

  mutating func takeLoop() -> Int {
    defer { nextLoop += 1 }
    return nextLoop
  }

  mutating func countToolCall(of agent: String, for stage: String?) {
    toolCallCount += 1
    toolCallsMade[agent, default: 0] += 1
    if let stage { stageToolCalls[stage, default: 0] += 1 }
  }

  mutating func count(_ answer: ModelAnswer) {
    tokenCount += answer.tokens
    if let known = answer.cost { cost += known } else { hasUnknownCost = true }
  }

  func turnsTaken(by agent: String) -> Int { turnsTaken[agent, default: 0] }
  func toolCallsMade(by agent: String) -> Int { toolCallsMade[agent, default: 0] }
  func turnsTaken(for stage: String) -> Int { stageTurns[stage, default: 0] }
  func toolCallsMade(for stage: String) -> Int { stageToolCalls[stage, default: 0] }

  func timesTaken(_ handoff: HandoffDefinition) -> Int { handoffsTaken[handoff.toolName, default: 0] }
  mutating func count(_ handoff: HandoffDefinition) { handoffsTaken[handoff.toolName, default: 0] += 1 }

  // MARK: What there is to tell

  mutating func record(
    _ kind: JournalEvent.Kind, of loop: AgentLoop, step: UInt32? = nil,
    _ write: (inout JSONWriter) -> Void = { _ in }
  ) {
    record(kind, turn: loop.turn, agent: loop.agent.name, step: step, write)
  }

  /// - Parameter agent: empty for what is no agent's.
  mutating func record(
    _ kind: JournalEvent.Kind, turn: UInt32, agent: String = "", step: UInt32? = nil,
    _ write: (inout JSONWriter) -> Void = { _ in }
  ) {
    var data = JSONWriter(reserving: 96)
    data.beginObject()
    write(&data)
    data.endObject()
    records.append(FlowRecord(kind: kind, turn: turn, agent: agent, step: step, data: data.bytes))
  }

  mutating func show(_ event: FlowEvent) { shown.append(event) }

  mutating func transition(to action: FlowAction) -> FlowTransition {
    defer {
      records = []
      shown = []
    }
    return FlowTransition(records: records, shown: shown, action: action)
  }
}
