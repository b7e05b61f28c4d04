import Invocation
import ModelContracts
import Storage
import ToolContracts

/// Carries out the steps of one run: makes its calls and writes its journal. Does not know what the run decides, so that it
/// does several at once.
final class StepRunner: Sendable {
  let runner: FlowRunner
  let request: FlowRequest
  let deadline: Deadline
  /// What holds for model calls.
  let models: ModelPolicy
  /// Calls nothing and writes nothing.
  let isReplay: Bool

  init(
    _ runner: FlowRunner, _ request: FlowRequest, until deadline: Deadline, _ models: ModelPolicy,
    isReplay: Bool = false
  ) {
    self.runner = runner
    self.request = request
    self.deadline = deadline
    self.models = models
    self.isReplay = isReplay
  }

  func make(_ due: [DueStep]) async -> [(index: Int, outcome: StepOutcome)] {
    if due.isEmpty { return [] }
    if due.count > 1 { return await makeTogether(due) }
    return [(due[0].index, await make(due[0]))]
  }

  @inline(never)
  private func makeTogether(_ due: [DueStep]) async -> [(index: Int, outcome: StepOutcome)] {
    await withTaskGroup(of: (index: Int, outcome: StepOutcome).self) { group in
      for step in due {
        group.addTask { (step.index, await self.make(step)) }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
  }

  /// Calls that are not made because the run is over. The pipeline writes down that they were not; a replay, which came
  /// to where the journal ends, writes nothing.
  func refuse(_ due: [DueStep]) async -> [(index: Int, outcome: StepOutcome)] {
    let tools = due.filter { !$0.step.isModelCall }
    if !isReplay { return await make(tools) }
    let failure = InvocationFailure(.cancelled, "the call was not made")
    return tools.map { ($0.index, .result(.failure(failure))) }
  }

  private func make(_ due: DueStep) async -> StepOutcome {
    switch due.step {
    case .model(let call):
      return await answer(of: ModelExchange(self, call, attempt: due.attempt), to: due.step)
    case .tool(let call): return due.step.outcome(of: await tool(call, attempt: due.attempt))
    // Never due: a person decides.
    case .approval, .review: return .decision(.expired)
    case .person: return .returned(PersonReturn())
    }
  }

  /// By itself: a call of a tool needs no room for it.
  @inline(never)
  private func answer(of exchange: ModelExchange, to step: FlowStep) async -> StepOutcome {
    let (outcome, receipt) = await exchange.answer()
    return step.outcome(of: outcome.map(\.json), receipt)
  }

  // MARK: Tools

  private func tool(_ step: ToolCallStep, attempt: UInt32) async -> Result<[UInt8], InvocationFailure> {
    let start = runner.time.now()
    showStart(of: step)
    let outcome = await runner.pipeline.call(call(for: step, attempt: attempt))
    showEnd(of: step, outcome, since: start)
    return outcome.map(\.json)
  }

  @inline(never)
  private func call(for step: ToolCallStep, attempt: UInt32) -> CallRequest {
    CallRequest(
      tool: step.tool, arguments: step.arguments, mayRepair: !step.isJudged, approval: step.approval,
      principal: request.principal, call: CallID(run: request.run, step: step.step), attempt: attempt,
      position: request.position(turn: step.turn, agent: step.agent), cancellation: request.cancellation,
      observer: request.observer.map(ProgressForwarder.init), asker: request.asker,
      authority: step.authority)
  }

  @inline(never)
  private func showStart(of step: ToolCallStep) {
    guard let observer = request.observer else { return }
    observer.observed(
      .toolStarted(
        step.tool, agent: step.stage ?? step.agent, call: CallID(run: request.run, step: step.step),
        arguments: step.arguments))
  }

  @inline(never)
  private func showEnd(of step: ToolCallStep, _ outcome: CallOutcome, since start: MonotonicTime) {
    guard let observer = request.observer else { return }
    let failure: InvocationFailure? = if case .failure(let failure) = outcome { failure } else { nil }
    observer.observed(
      .toolFinished(
        step.tool, agent: step.stage ?? step.agent, call: CallID(run: request.run, step: step.step),
        failure: failure, nanoseconds: start.nanoseconds(until: runner.time.now())))
  }
}
