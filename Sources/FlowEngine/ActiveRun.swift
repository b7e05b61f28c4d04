import Invocation
import JSONCodec
import Storage
import Telemetry
import ToolContracts

/// One run on its way: new, gone on with after its host stopped, or only gone through again.
///
/// There is one loop for all three. What the journal already has of a run is not done again; where the journal ends, a
/// new or resumed run goes on for real, and a replay ends.
struct ActiveRun {
  let runner: FlowRunner
  let request: FlowRequest
  var machine: FlowStateMachine
  let deadline: Deadline
  var history: RunHistory?
  /// Calls nothing and writes nothing.
  var isReplay = false

  /// - Throws: where a run that is gone through again decides otherwise than it did.
  mutating func run() async throws(ReplayDivergence) -> FlowOutcome {
    if history == nil, !(await journalStart()) {
      return machine.unrecorded("the run could not be recorded and was not started")
    }
    var transition = machine.start()
    while true {
      let isNews = try await journal(transition)
      if isNews, let observer = request.observer { transition.shown.forEach(observer.observed) }
      switch transition.action {
      case .finish(let outcome): return await finish(outcome)
      case .callModel(let call): transition = try await model(call)
      case .callTools(let steps):
        guard let results = try await tools(steps) else { return machine.inDoubt(history?.doubts ?? [:]) }
        transition = machine.toolsAnswered(results)
      }
    }
  }

  /// The run's time is up, or somebody cancelled it: both reach running calls through the same cancellation.
  private var reasonToStop: InvocationFailure {
    if let history, history.end != nil { return history.reasonToStop }
    return runner.time.now() >= deadline
      ? InvocationFailure(.timedOut, "the run's time is up")
      : InvocationFailure(.cancelled, "the run was cancelled")
  }

  /// Whether nothing more is to be begun: cancelled, or, in a replay, where the run came to no more.
  private var mustStop: Bool { isReplay || request.cancellation.isCancelled }

  // MARK: Models

  private mutating func model(_ call: ModelCall) async throws(ReplayDivergence) -> FlowTransition {
    try history?.checkModelCall(requestBytes: call.request.count, step: call.step)
    switch history?.progress(of: call.step) ?? .due(attempt: 1) {
    case .ended(let outcome): return answered(outcome)
    // What a model call may have done does not matter a second time.
    case .inDoubt, .due:
      if mustStop { return machine.cancelled(because: reasonToStop) }
      let observer = request.observer.map { TextForwarder(observer: $0, agent: call.agent) }
      let outcome = await runner.pipeline.call(
        CallRequest(
          tool: call.provider, arguments: call.request, principal: request.principal,
          call: CallID(run: request.run, step: call.step),
          position: RunPosition(turn: call.turn, agent: call.agent), cancellation: request.cancellation,
          observer: observer, authority: machine.authority(of: call.agent)))
      return answered(outcome.map(\.json))
    }
  }

  private mutating func answered(_ outcome: Result<[UInt8], InvocationFailure>) -> FlowTransition {
    switch outcome {
    case .success(let json):
      guard let document = try? JSONDocument(parsing: json), let answer = ModelAnswer(document.root) else {
        return machine.modelFailed(InvocationFailure(.invalidResult, "the model's answer makes no sense"))
      }
      return machine.modelAnswered(answer)
    case .failure(let failure):
      if failure.code == .cancelled { return machine.cancelled(because: reasonToStop) }
      return machine.modelFailed(failure)
    }
  }

  // MARK: Tools

  /// All at once; the results in the order of the calls.
  ///
  /// - Returns: nil where one of them may have happened before the host stopped: then none is made.
  private mutating func tools(
    _ steps: [ToolCallStep]
  ) async throws(ReplayDivergence) -> [Result<[UInt8], InvocationFailure>]? {
    let steps = history.map { history in steps.map(history.edited) } ?? steps
    var results = [Result<[UInt8], InvocationFailure>?](repeating: nil, count: steps.count)
    var due: [(index: Int, attempt: UInt32)] = []
    var isInDoubt = false
    for (index, step) in steps.enumerated() {
      try history?.check(step.tool, step.arguments, step: step.step)
      switch history?.progress(of: step.step) ?? .due(attempt: 1) {
      case .ended(let outcome): results[index] = outcome
      case .due(let attempt): due.append((index, attempt))
      case .inDoubt:
        isInDoubt = true
        await journalDoubt(of: step)
      }
    }
    if isInDoubt { return nil }
    if mustStop {
      for (index, _) in due {
        results[index] = .failure(InvocationFailure(.cancelled, "the call was not made"))
      }
    } else if due.count == 1 {
      results[due[0].index] = await tool(steps[due[0].index], attempt: due[0].attempt)
    } else {
      await withTaskGroup(of: (Int, Result<[UInt8], InvocationFailure>).self) { [self] group in
        for (index, attempt) in due { group.addTask { (index, await tool(steps[index], attempt: attempt)) } }
        for await (index, result) in group { results[index] = result }
      }
    }
    return results.map { $0 ?? .failure(InvocationFailure(.internal, "the call has no result")) }
  }

  private func tool(_ step: ToolCallStep, attempt: UInt32) async -> Result<[UInt8], InvocationFailure> {
    let call = CallID(run: request.run, step: step.step)
    let start = runner.time.now()
    request.observer?.observed(
      .toolStarted(step.tool, agent: step.agent, call: call, arguments: step.arguments))
    let outcome = await runner.pipeline.call(
      CallRequest(
        tool: step.tool, arguments: step.arguments, principal: request.principal, call: call,
        attempt: attempt,
        position: RunPosition(turn: step.turn, agent: step.agent), cancellation: request.cancellation,
        observer: request.observer.map(ProgressForwarder.init), asker: request.asker,
        authority: machine.authority(of: step.agent)))
    if let observer = request.observer {
      let failure: InvocationFailure? = if case .failure(let failure) = outcome { failure } else { nil }
      observer.observed(
        .toolFinished(
          step.tool, agent: step.agent, call: call, failure: failure,
          nanoseconds: start.nanoseconds(until: runner.time.now())))
    }
    return outcome.map(\.json)
  }
}

extension FlowStateMachine {
  fileprivate func unrecorded(_ message: String) -> FlowOutcome {
    FlowOutcome(
      status: .failed, text: "", agent: agent.name, failure: InvocationFailure(.internal, message))
  }

  /// The run stays open until a person has said what became of its calls.
  fileprivate func inDoubt(_ doubts: [UInt32: String]) -> FlowOutcome {
    let calls = doubts.sorted { $0.key < $1.key }.map { "step \($0.key) (\($0.value))" }.joined(
      separator: ", ")
    return FlowOutcome(
      status: .inDoubt, text: conversation.lastText, agent: agent.name,
      failure: InvocationFailure(
        .internal, "\(calls) was being made when the host stopped, and may have happened", effectUnknown: true
      ))
  }
}
