import Invocation
import JSONCodec
import Storage
import Telemetry
import ToolContracts

/// One run on its way.
struct ActiveRun {
  let runner: FlowRunner
  let request: FlowRequest
  var machine: FlowStateMachine
  let deadline: Deadline

  mutating func run() async -> FlowOutcome {
    guard await journalStart() else {
      return FlowOutcome(
        status: .failed, text: "", agent: machine.agent.name,
        failure: InvocationFailure(.internal, "the run could not be recorded and was not started"))
    }
    var transition = machine.start()
    while true {
      await journal(transition)
      if let observer = request.observer { transition.shown.forEach(observer.observed) }
      switch transition.action {
      case .finish(let outcome): return await finish(outcome)
      case _ where request.cancellation.isCancelled: transition = machine.cancelled(because: reasonToStop)
      case .callModel(let call): transition = await model(call)
      case .callTools(let steps): transition = machine.toolsAnswered(await tools(steps))
      }
    }
  }

  /// The run's time is up, or somebody cancelled it: both reach running calls through the same cancellation.
  private var reasonToStop: InvocationFailure {
    runner.time.now() >= deadline
      ? InvocationFailure(.timedOut, "the run's time is up")
      : InvocationFailure(.cancelled, "the run was cancelled")
  }

  // MARK: Models

  private mutating func model(_ call: ModelCall) async -> FlowTransition {
    let observer = request.observer.map { TextForwarder(observer: $0, agent: call.agent) }
    let outcome = await runner.pipeline.call(
      CallRequest(
        tool: call.provider, arguments: call.request, principal: request.principal,
        call: CallID(run: request.run, step: call.step),
        position: RunPosition(turn: call.turn, agent: call.agent), cancellation: request.cancellation,
        observer: observer))
    switch outcome {
    case .success(let result):
      guard let document = try? JSONDocument(parsing: result.json), let answer = ModelAnswer(document.root)
      else {
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
  private func tools(_ steps: [ToolCallStep]) async -> [Result<[UInt8], InvocationFailure>] {
    if steps.count == 1 { return [await tool(steps[0])] }
    return await withTaskGroup(of: (Int, Result<[UInt8], InvocationFailure>).self) { group in
      for (index, step) in steps.enumerated() { group.addTask { (index, await tool(step)) } }
      var results = [Result<[UInt8], InvocationFailure>?](repeating: nil, count: steps.count)
      for await (index, result) in group { results[index] = result }
      return results.map { $0 ?? .failure(InvocationFailure(.internal, "the call has no result")) }
    }
  }

  private func tool(_ step: ToolCallStep) async -> Result<[UInt8], InvocationFailure> {
    let call = CallID(run: request.run, step: step.step)
    let start = runner.time.now()
    request.observer?.observed(
      .toolStarted(step.tool, agent: step.agent, call: call, arguments: step.arguments))
    let outcome = await runner.pipeline.call(
      CallRequest(
        tool: step.tool, arguments: step.arguments, principal: request.principal, call: call,
        position: RunPosition(turn: step.turn, agent: step.agent), cancellation: request.cancellation,
        observer: request.observer.map(ProgressForwarder.init)))
    if let observer = request.observer {
      let failure: InvocationFailure? = if case .failure(let failure) = outcome { failure } else { nil }
      observer.observed(
        .toolFinished(
          step.tool, agent: step.agent, call: call, failure: failure,
          nanoseconds: start.nanoseconds(until: runner.time.now())))
    }
    return outcome.map(\.json)
  }

  // MARK: The journal

  private func journalStart() async -> Bool {
    var data = JSONWriter(reserving: 128 + request.input.utf8.count)
    data.beginObject()
    data.field("name", request.flow)
    data.field("input", request.input)
    if !request.principal.user.isEmpty { data.field("user", request.principal.user) }
    data.endObject()
    return await append([event(.runStarted, data: data.bytes)], .durable)
  }

  /// Written with the next durable event, which is the intent of what follows from them.
  private func journal(_ transition: FlowTransition) async {
    guard !transition.records.isEmpty else { return }
    let events = transition.records.map { record in
      event(record.kind, turn: record.turn, agent: record.agent, step: record.step, data: record.data)
    }
    _ = await append(events, .trace)
  }

  private func finish(_ outcome: FlowOutcome) async -> FlowOutcome {
    var data = JSONWriter(reserving: 128 + outcome.text.utf8.count)
    data.beginObject()
    data.field("outcome", outcome.status.rawValue)
    data.field("text", outcome.text)
    if let failure = outcome.failure {
      data.key("error")
      failure.write(to: &data)
      if let detail = failure.detail { data.field("detail", detail) }
    }
    data.endObject()
    let kind: JournalEvent.Kind = outcome.status == .failed ? .runFailed : .runFinished
    let end = event(kind, turn: machine.turn, agent: outcome.agent, data: data.bytes)
    guard await append([end], .durable) else {
      return FlowOutcome(
        status: .failed, text: outcome.text, agent: outcome.agent,
        failure: InvocationFailure(.internal, "the end of the run could not be recorded"))
    }
    return outcome
  }

  private func event(
    _ kind: JournalEvent.Kind, turn: UInt32 = 0, agent: String = "", step: UInt32? = nil, data: [UInt8]
  ) -> JournalEvent {
    JournalEvent(
      time: runner.time.wallClock(), tenant: request.principal.tenant, run: request.run, turn: turn,
      agent: agent,
      kind: kind, step: step, data: data)
  }

  private func append(_ events: [JournalEvent], _ durability: Durability) async -> Bool {
    do {
      try await runner.journal.append(events, durability)
      return true
    } catch {
      runner.log.error("a run could not be recorded", ["run": "\(request.run)", "reason": "\(error)"])
      return false
    }
  }
}

/// Shows the pieces of a model's answer.
private struct TextForwarder: CallObserver {
  let observer: any FlowObserver
  let agent: String

  func received(_ event: CallEvent, from call: CallID) {
    guard event.kind == .text, let text = String(validating: event.data, as: UTF8.self) else { return }
    observer.observed(.text(text, agent: agent))
  }
  func progressed(_ progress: CallProgress, of call: CallID) {}
}

/// Shows how far a tool has come.
private struct ProgressForwarder: CallObserver {
  let observer: any FlowObserver

  func received(_ event: CallEvent, from call: CallID) {}
  func progressed(_ progress: CallProgress, of call: CallID) {
    observer.observed(.toolProgressed(progress, call: call))
  }
}
