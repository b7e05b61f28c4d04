import JSONCodec
import Manifests
import Storage
import ToolContracts
import ToolRegistry

// A flow that is done in stages.
extension FlowStateMachine {
  /// Begins whatever can be begun, until there is nothing more to begin, and ends the run where nothing is left.
  mutating func goOnWithStages() {
    guard !run.flow.stages.isEmpty, limit == nil else { return }
    while outcome == nil, limit == nil, let due = board.due() {
      switch due {
      case .begin(let stage): begin(stage)
      case .skip(let stage, let failed): skip(stage, because: failed)
      }
    }
    if outcome == nil, limit == nil, !board.isOpen { finishStages() }
  }

  // MARK: Beginnings

  private mutating func begin(_ stage: StageDefinition) {
    board.set(.atWork, of: stage.name)
    do throws(InvocationFailure) {
      let value = try stage.input.value(input: run.input, outputs: board.outputs)
      recordStart(of: stage, value)
      try stage.checkInput(value)
      switch stage.work {
      case .agent(let name): try begin(stage, value, by: name)
      case .tool(let tool): call(tool, for: stage, value)
      case .approval(let expires): ask(about: value, for: stage, expires)
      }
    } catch {
      // Its input could not be put together.
      if !board.hasBegun(stage.name) { recordStart(of: stage, nil) }
      settle(stage.name, .failure(error))
    }
  }

  private mutating func recordStart(of stage: StageDefinition, _ value: JSONValue?) {
    board.noteBeginning(of: stage.name)
    run.record(.stageStarted, turn: run.turn) {
      $0.field("stage", stage.name)
      if let value { $0.field("input_digest", sha256(of: value.serialized())) }
    }
    run.show(.stage(stage.name, .started))
  }

  private mutating func begin(
    _ stage: StageDefinition, _ value: JSONValue, by name: String
  ) throws(InvocationFailure) {
    guard let agent = run.agent(name) else {
      throw InvocationFailure(.internal, "the flow has no agent \(name)")
    }
    begin(
      AgentLoop(
        agent, Conversation(stage, value, for: agent.name, after: run.past), authority: .whole, caller: nil,
        role: StageRole(stage), &run))
  }

  private mutating func call(_ tool: ToolName, for stage: StageDefinition, _ arguments: JSONValue) {
    let call = ToolCallStep(
      step: run.takeStep(), turn: run.turn, agent: "", tool: tool, arguments: arguments.serialized(),
      authority: CallAuthority(), isJudged: approvals[stage.name] != nil, stage: stage.name)
    run.record(.toolCalled, turn: call.turn, step: call.step) {
      $0.field("stage", stage.name)
      $0.field("name", tool.description)
    }
    let most = run.flow.limits.maxToolCalls
    guard run.toolCallCount < most else {
      refuse(call, InvocationFailure(.rateLimited, "this run may make \(most) tool calls, and has made them"))
      return reachedLimit("max_tool_calls")
    }
    run.countToolCall(of: "", for: stage.name)
    let approval = approvals[stage.name].flatMap { $0.isNeeded(for: call.arguments) ? $0 : nil }
    let step = approval.map { FlowStep.approval(call, $0) } ?? .tool(call)
    tasks.append(StageTask(stage, arguments, .call(call), step))
  }

  private mutating func ask(about value: JSONValue, for stage: StageDefinition, _ expires: Int64) {
    let review = StageReview(
      step: run.takeStep(), turn: run.turn, stage: stage.name, input: value.serialized(),
      expiresNanoseconds: expires, digest: stage.digest(of: value, in: run.flow.name))
    tasks.append(StageTask(stage, value, .review(review), .review(review)))
  }

  // MARK: Ends

  /// - Parameter outcomes: of all steps; those of tasks are taken off its front.
  mutating func tasksAnswered(
    _ outcomes: inout ArraySlice<StepOutcome>
  ) -> [(stage: String, end: StageTask.End)] {
    var ends: [(String, StageTask.End)] = []
    for index in tasks.indices where areDue(tasks[index].pending) {
      tasks[index].pending = []
      let name = tasks[index].stage.name
      if let end = tasks[index].answered(outcomes.popFirst(), in: run.flow.name) { ends.append((name, end)) }
    }
    return ends
  }

  /// - Parameter agent: whose answer it is.
  mutating func settle(_ name: String, _ result: StageTask.End, by agent: String = "") {
    // It may have been given up while others were answered.
    guard let stage = board.stage(name), case .atWork = board.state(of: name) else { return }
    var isGivenUp = false
    if let index = tasks.firstIndex(where: { $0.stage.name == name }) {
      let task = tasks.remove(at: index)
      if case .failure(let failure) = result {
        isGivenUp = task.isInPerson
        if let call = task.openCall { refuse(call, failure) }
      }
    }
    do throws(InvocationFailure) {
      let output = try result.get()
      try stage.checkOutput(output)
      board.set(.done(output, by: agent), of: name)
      run.record(.stageFinished, turn: run.turn) {
        $0.field("stage", name)
        // A tool's is the result of its call.
        if !stage.isCall { $0.field("output", output) }
      }
      run.show(.stage(name, .finished))
    } catch {
      if !isGivenUp, handOver(stage, because: error) { return }
      recordFailure(of: stage, error)
      guard [.stop, .person].contains(stage.onFailure) else { return }
      end(error.code == .cancelled ? .cancelled : .failed, error.of(name))
    }
  }

  /// Agents ask for themselves: what binds them binds who answers in their place.
  ///
  /// - Returns: whether a person is asked, and the stage goes on.
  private mutating func handOver(_ stage: StageDefinition, because failure: InvocationFailure) -> Bool {
    guard stage.onFailure == .person, !stage.isOfAgent, failure.code != .cancelled, limit == nil else {
      return false
    }
    let request = PersonRequest(
      step: run.takeStep(), turn: run.turn, agent: "", reason: .stage(stage.name, failure.message))
    tasks.append(StageTask(stage, .null, .person(failure), .person(request)))
    return true
  }

  private mutating func recordFailure(of stage: StageDefinition, _ failure: InvocationFailure) {
    board.set(.failed(failure), of: stage.name)
    run.record(.stageFailed, turn: run.turn) {
      $0.field("stage", stage.name)
      $0.key("error")
      failure.write(to: &$0)
      if let detail = failure.detail { $0.field("detail", detail) }
    }
    run.show(.stage(stage.name, .failed(failure)))
  }

  private mutating func skip(_ stage: StageDefinition, because failed: String) {
    board.set(.skipped(because: failed), of: stage.name)
    run.record(.stageSkipped, turn: run.turn) {
      $0.field("stage", stage.name)
      $0.field("because", failed)
    }
    run.show(.stage(stage.name, .skipped(because: failed)))
  }

  private mutating func refuse(_ call: ToolCallStep, _ failure: InvocationFailure) {
    run.record(.toolRejected, turn: call.turn, step: call.step) {
      $0.field("tool", call.tool.description)
      $0.key("error")
      failure.write(to: &$0)
    }
  }

  /// The run ends, or is about to: what is at work is not any more, and every call that is open is answered.
  mutating func abandonStages(_ failure: InvocationFailure, except kept: String? = nil) {
    for call in tasks.compactMap(\.openCall) { refuse(call, failure) }
    tasks = []
    for stage in board.atWork where stage.name != kept { recordFailure(of: stage, failure) }
  }

  /// Every stage has its end.
  private mutating func finishStages() {
    let name = run.flow.result
    switch board.state(of: name) {
    case .done(let output, let agent):
      let text = output.string ?? output.text
      // What an agent says was shown while it came.
      if agent.isEmpty { run.show(.text(text, agent: "")) }
      outcome = FlowOutcome(status: .succeeded, text: text, agent: agent)
    case .failed(let failure): outcome = outcome(.failed, failure.of(name))
    case .skipped(let failed):
      let cause: InvocationFailure? =
        if case .failed(let failure) = board.state(of: failed) { failure.of(failed) } else { nil }
      outcome = outcome(
        .failed, cause ?? InvocationFailure(.internal, "the stage \(name) was left out"))
    case .waiting, .atWork:
      outcome = outcome(.failed, InvocationFailure(.internal, "the flow has no stage \(name)"))
    }
  }
}

extension StageDefinition {
  fileprivate var isCall: Bool { if case .tool = work { true } else { false } }
  fileprivate var isOfAgent: Bool { if case .agent = work { true } else { false } }
}

extension AgentAnswer {
  /// As what a stage came to.
  var asOutput: JSONValue { json.flatMap { try? JSONValue(parsing: $0) } ?? .string(text) }
}

extension Conversation {
  /// What an agent gets to see that works for a stage.
  ///
  /// - Parameter past: nil for a run that stands for itself.
  fileprivate init(
    _ stage: StageDefinition, _ value: JSONValue, for agent: String, after past: ConversationPast?
  ) {
    // What other stages came to is context, never an instruction.
    let given: Item =
      stage.input.isQuestion
      ? .user(value.string ?? value.text)
      : .quote(agent: stage.name, text: "Stage \"\(stage.name)\" gives you \(value.text)")
    self = past?.conversation(giving: given, to: agent) ?? Conversation([], for: agent, given)
  }
}

extension InvocationFailure {
  /// As the failure of a run because of one of its stages.
  fileprivate func of(_ stage: String) -> InvocationFailure {
    var failure = self
    failure.message = "the stage \(stage) failed: \(message)"
    return failure
  }
}
