import JSONCodec
import Manifests
import Storage
package import ToolContracts
import ToolRegistry

/// Decides what a run does next. Has no clock, makes no call and writes nothing: it is told what happened and answers
/// with what follows, so that the same answers always make the same run.
///
/// 1. Every call that a model makes gets exactly one result before the next model call.
/// 2. A turn is one model call. All limits are those of the run, whichever agents it goes through.
/// 3. Within a turn, tools run first, then other agents are asked, and the handoff comes last; the first valid one wins.
/// 4. What a model does wrong is told to the model. Only the same mistake again and again ends the run.
/// 5. Only what was advertised in a request may be called in its answer.
/// 6. Agents that work at the same time go in step: what each wants next is done together, so that it does not matter
///    which of them is faster. Stages that work at the same time do too.
package struct FlowStateMachine: Sendable {
  var run: RunLedger
  /// By id, rising. The flow's own, or those of its stages; each other answers one that waits for it.
  var loops: [AgentLoop] = []
  /// Stages at work on which no agent is, in the order in which they were begun.
  var tasks: [StageTask] = []
  var board: StageBoard
  var outcome: FlowOutcome?
  /// The request that a person is asked now: last, and one at a time.
  private var asked: UInt32?
  /// Why the run is being wrapped up.
  private(set) var limit: InvocationFailure?
  /// By stage: what it takes to approve the call that is its work.
  let approvals: [String: ToolApproval]

  /// - Parameters:
  ///   - toolboxes: by agent.
  ///   - approvals: by stage; none where the call that is its work needs none.
  init(
    flow: FlowDefinition, toolboxes: [String: Toolbox], approvals: [String: ToolApproval] = [:],
    input: String, context: RunContext,
    past: ConversationPast? = nil
  ) {
    run = RunLedger(flow: flow, context: context, toolboxes: toolboxes, input: input, past: past)
    board = StageBoard(flow.stages)
    self.approvals = approvals
  }

  // MARK: What happened

  package mutating func start() -> FlowTransition {
    if !run.flow.stages.isEmpty {
      keepKeyFacts()
      goOnWithStages()
      return transition()
    }
    let resume = run.past?.resume
    guard let agent = run.agent(resume?.agent ?? run.flow.startAgent) else {
      outcome = FlowOutcome(
        status: .failed, text: "", agent: "",
        failure: InvocationFailure(
          .internal, "the flow has no agent \(resume?.agent ?? run.flow.startAgent)"))
      return transition()
    }
    let conversation = run.past?.conversation(asking: run.input, of: agent.name)
    begin(
      AgentLoop(
        agent, conversation ?? Conversation(user: run.input), authority: resume?.authority ?? .whole,
        caller: nil, &run))
    return transition()
  }

  /// - Parameter outcomes: one for each step of `perform`, in that order.
  package mutating func answered(_ outcomes: [StepOutcome]) -> FlowTransition {
    var rest = outcomes[...]
    var answers: [(loop: Int, outcomes: [StepOutcome])] = []
    for index in loops.indices where areDue(loops[index].pending) {
      let count = loops[index].pending.count
      answers.append((loops[index].id, Array(rest.prefix(count))))
      rest = rest.dropFirst(count)
      loops[index].pending = []
    }
    let ends = tasksAnswered(&rest)
    for answer in answers where outcome == nil {
      guard let index = position(of: answer.loop) else { continue }
      let move = loops[index].answered(answer.outcomes, &run)
      carryOut(move, of: answer.loop)
    }
    for (stage, end) in ends where outcome == nil { settle(stage, end) }
    goOnWithStages()
    return transition()
  }

  /// The asker left, or the run's time is up. Whatever was running has been answered before.
  package mutating func cancelled(because failure: InvocationFailure) -> FlowTransition {
    for index in loops.indices { loops[index].pending = [] }
    for index in tasks.indices { tasks[index].pending = [] }
    if failure.code == .timedOut {
      reachedLimit("timeout", canWrapUp: false)
    } else {
      end(.cancelled, failure)
    }
    return transition()
  }

  /// As things stand: for a run that stops without coming to its end.
  func outcome(_ status: FlowOutcome.Status, _ failure: InvocationFailure) -> FlowOutcome {
    FlowOutcome(status: status, text: lastText, agent: loops.first?.agent.name ?? "", failure: failure)
  }

  // MARK: What follows

  mutating func begin(_ loop: AgentLoop) {
    loops.append(loop)
    let move = loops[loops.count - 1].begin(&run)
    carryOut(move, of: loop.id)
  }

  private mutating func carryOut(_ move: LoopMove, of id: Int) {
    guard outcome == nil, let index = position(of: id) else { return }
    switch move {
    case .perform(let steps): loops[index].pending = steps
    case .delegate(let delegations): delegate(delegations, from: id)
    case .answer(let answer): answered(.success(answer), by: index)
    case .fail(let failure): answered(.failure(failure), by: index)
    case .limit(let limit): reachedLimit(limit)
    }
  }

  private mutating func delegate(_ delegations: [HandoffCall], from id: Int) {
    for delegation in delegations where outcome == nil {
      guard let index = position(of: id) else { return }
      if let callee = loops[index].callee(for: delegation, &run) {
        begin(callee)
      } else {
        let failure = InvocationFailure(.internal, "there is no such agent")
        tell(id, .failure(failure), of: delegation)
      }
    }
  }

  /// A loop has come to its end: whoever waits for it goes on, or the run ends.
  private mutating func answered(_ result: Result<AgentAnswer, InvocationFailure>, by index: Int) {
    let loop = loops[index]
    if let caller = loop.caller {
      loops.remove(at: index)
      tell(caller.loop, result, of: caller.delegation)
    } else if let role = loop.role, limit == nil {
      loops.remove(at: index)
      settle(role.name, result.map(\.asOutput), by: loop.agent.name)
    } else {
      finish(loop, result)
    }
  }

  private mutating func tell(
    _ id: Int, _ result: Result<AgentAnswer, InvocationFailure>, of delegation: HandoffCall
  ) {
    guard let index = position(of: id) else { return }
    guard let move = loops[index].delegateAnswered(delegation, result, &run) else { return }
    carryOut(move, of: id)
  }

  private mutating func finish(_ loop: AgentLoop, _ result: Result<AgentAnswer, InvocationFailure>) {
    if let limit {
      let text = (try? result.get())?.text ?? lastText
      outcome = FlowOutcome(status: .limitReached, text: text, agent: loop.agent.name, failure: limit)
      abandonStages(limit)
      return
    }
    switch result {
    case .success(let answer):
      outcome = FlowOutcome(status: .succeeded, text: answer.text, agent: loop.agent.name)
      if run.past?.settings.resumeAgent == .last, loop.agent.name != run.flow.startAgent {
        outcome?.resume = ResumedAgent(agent: loop.agent.name, authority: loop.authority)
      }
    case .failure(let failure):
      outcome = self.outcome(failure.code == .cancelled ? .cancelled : .failed, failure)
    }
  }

  /// - Parameter canWrapUp: false where there is no time left for it.
  mutating func reachedLimit(_ limit: String, canWrapUp: Bool = true) {
    let root = loops.first
    run.record(.runLimitReached, turn: root?.turn ?? run.turn, agent: root?.agent.name ?? "") {
      $0.field("limit", limit)
    }
    run.show(.limitReached(limit))
    let failure = InvocationFailure.reached(limit)
    // Of several stages the one that was begun first has the last words.
    guard canWrapUp, run.flow.limits.onLimit == .wrapUp, let root, !root.isWrappingUp else {
      return end(.limitReached, failure)
    }
    self.limit = failure
    for index in loops.indices.dropFirst().reversed() { loops[index].abandon(failure, &run) }
    loops.removeSubrange(1...)
    abandonStages(failure, except: root.role?.name)
    let move = loops[0].wrapUp(failure, &run)
    carryOut(move, of: root.id)
  }

  mutating func end(_ status: FlowOutcome.Status, _ failure: InvocationFailure) {
    outcome = outcome(status, failure)
    for index in loops.indices.reversed() { loops[index].abandon(failure, &run) }
    abandonStages(failure)
  }

  /// Of a run that does not end as it should, what was said last; nothing where it would have had to be checked first.
  private var lastText: String {
    let isChecked =
      run.flow.humanHandoff?.confidence != nil
      || run.flow.agents.values.contains { !$0.guardrails.output.isEmpty }
    return isChecked ? "" : loops.first?.conversation.lastText ?? ""
  }

  /// Whether these are the steps that are being done.
  func areDue(_ pending: [FlowStep]) -> Bool {
    guard let first = pending.first else { return false }
    return first.person?.step == asked
  }

  private func position(of id: Int) -> Int? { loops.firstIndex { $0.id == id } }

  private mutating func transition() -> FlowTransition {
    if let outcome { return run.transition(to: .finish(outcome)) }
    asked = nil
    let pending = loops.flatMap(\.pending) + tasks.flatMap(\.pending)
    let steps = pending.filter { $0.person == nil }
    if steps.isEmpty, let request = pending.first?.person {
      asked = request.step
      return run.transition(to: .perform([.person(request)]))
    }
    guard steps.isEmpty else { return run.transition(to: .perform(steps)) }
    return run.transition(
      to: .finish(outcome(.failed, InvocationFailure(.internal, "the run has nothing left to do"))))
  }
}

extension InvocationFailure {
  /// - Parameter limit: of the run, by its name.
  static func reached(_ limit: String) -> InvocationFailure {
    InvocationFailure(limit == "timeout" ? .timedOut : .rateLimited, "the run reached its limit: \(limit)")
  }
}
