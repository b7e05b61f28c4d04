import JSONCodec
import Storage
import ToolContracts
import ToolRegistry

/// One run on its way: new, gone on with after its host stopped, or only gone through again.
///
/// There is one loop for all three. What the journal already has of a run is not done again; where the journal ends, a
/// new or resumed run goes on for real, and a replay ends.
///
/// A run that waits keeps the frames of all functions that wait with it, and a frame has room for whatever passes through
/// its function. So what is large is here once, and is only looked at in functions that do not wait: those are not inlined
/// into the others.
final class ActiveRun {
  let stepRunner: StepRunner
  var machine: FlowStateMachine
  var history: RunHistory?
  /// What plugins say of calls that are in doubt, by step.
  var notes: [UInt32: String] = [:]
  /// A model has answered, and that is not committed yet: it is with what is decided because of it.
  private var owesCommit = false

  @inline(never)
  init(
    _ stepRunner: StepRunner, _ flow: FlowDefinition, in view: TenantView, _ past: ConversationPast?,
    _ history: RunHistory?
  ) {
    let request = stepRunner.request
    let context = RunContext(request.principal, request.run)
    self.stepRunner = stepRunner
    machine = FlowStateMachine(
      flow: flow.asking(request.choice),
      toolboxes: flow.agents.mapValues {
        $0.toolbox(in: view, context.json(flow: flow.name, agent: $0.name))
      },
      approvals: flow.stages.reduce(into: [:]) { approvals, stage in
        if case .tool(let tool) = stage.work { approvals[stage.name] = view[tool]?.approval }
      },
      input: request.input, context: context, past: past)
    self.history = history
  }

  /// The journal knows nothing of it.
  @inline(never)
  private var isNew: Bool { history == nil }
  var isReplay: Bool { stepRunner.isReplay }
  var isCancelled: Bool { stepRunner.request.cancellation.isCancelled }

  /// - Throws: where a run that is gone through again decides otherwise than it did.
  func run() async throws(ReplayDivergence) -> FlowOutcome {
    if isNew, !(await stepRunner.journalStart()) {
      return unrecorded("the run could not be recorded and was not started")
    }
    var transition = start()
    while true {
      let news = try unrecorded(transition.records)
      switch transition.action {
      case .finish(let outcome):
        let told = await stepRunner.finish(outcome, turn: turn, after: news)
        show(transition)
        return told
      case .perform(let steps):
        guard await commit(news) else { return unrecorded() }
        show(transition)
        let performance = try await perform(steps)
        if case .open(let outcome) = performance { return await commit([]) ? outcome : unrecorded() }
        transition = follow(performance)
      }
    }
  }

  /// Before anything is begun or told because of what a model has answered, it is safe. What was only decided need not be.
  private func commit(_ news: [JournalEvent]) async -> Bool {
    if owesCommit {
      owesCommit = false
      return await stepRunner.append(news, .durable)
    }
    if !news.isEmpty { _ = await stepRunner.append(news, .trace) }
    return true
  }

  // MARK: Decisions

  @inline(never)
  private func start() -> FlowTransition { machine.start() }

  @inline(never)
  private func follow(_ performance: Performance) -> FlowTransition {
    if case .done(let outcomes) = performance { return machine.answered(outcomes) }
    return machine.cancelled(because: reasonToStop)
  }

  /// The number of the newest model call.
  @inline(never)
  private var turn: UInt32 { machine.run.turn }

  /// The run's time is up, or somebody cancelled it: both reach running calls through the same cancellation.
  private var reasonToStop: InvocationFailure {
    if let history, history.end != nil { return history.reasonToStop }
    return stepRunner.runner.time.now() >= stepRunner.deadline
      ? InvocationFailure(.timedOut, "the run's time is up")
      : InvocationFailure(.cancelled, "the run was cancelled")
  }

  // MARK: Steps

  /// What became of steps that were to be done together.
  enum Performance {
    /// In the order of the steps.
    case done([StepOutcome])
    /// A model is not asked any more, nor a person.
    case stopped
    /// The run stops here without being at its end: a person decides, or the journal lacks what it would go on from.
    case open(FlowOutcome)
  }

  /// All at once.
  private func perform(_ steps: [FlowStep]) async throws(ReplayDivergence) -> Performance {
    if case .person(let request)? = steps.first { return await handOver(request) }
    let batch = StepBatch(edited(steps))
    if isNew {
      batch.takeUp()
    } else {
      guard try await look(at: batch) else { return .open(unrecorded()) }
    }
    if batch.isInDoubt { return .open(inDoubt()) }
    // Cancelled, or, in a replay, where the run came to no more.
    if isReplay || isCancelled {
      batch.add(await stepRunner.refuse(batch.due))
      // The end would stand in the journal without them.
      if batch.isUnrecorded { return .open(unrecorded()) }
      if batch.cannotBeRefused { return .stopped }
    } else {
      if !batch.unasked.isEmpty { await stepRunner.ask(batch.unasked) }
      owesCommit = batch.due.contains { $0.step.isModelCall }
      batch.add(await stepRunner.make(batch.due))
    }
    return performance(of: batch)
  }

  /// As a fork has them.
  @inline(never)
  private func edited(_ steps: [FlowStep]) -> [FlowStep] {
    history.map { history in steps.map(history.edited) } ?? steps
  }

  @inline(never)
  private func performance(of batch: StepBatch) -> Performance {
    if batch.isUnrecorded { return .open(unrecorded()) }
    if batch.endsRun { return .stopped }
    return batch.waiting.isEmpty ? .done(batch.results) : .open(machine.awaiting(batch.waiting))
  }

  @inline(never)
  func unrecorded(_ message: String = "the run could not be recorded; it stays open") -> FlowOutcome {
    machine.outcome(.failed, InvocationFailure(.internal, message))
  }

  /// The run stays open until a person has said what became of its calls.
  @inline(never)
  private func inDoubt() -> FlowOutcome { machine.inDoubt(history?.doubts ?? [:], notes) }

  /// Asks the journal what it knows of the steps; what is left is due, or to be asked.
  ///
  /// - Returns: false where the journal lacks what became of one of them.
  @inline(never)
  private func look(at batch: StepBatch) async throws(ReplayDivergence) -> Bool {
    for (index, step) in batch.steps.enumerated() {
      if let question = step.question {
        batch.note(try await approval(for: question), of: question, index)
        continue
      }
      var progress = try progress(of: step)
      if case .inDoubt = progress, case .tool(let call) = step {
        guard let said = await reconciled(call) else { return false }
        progress = said
      }
      switch progress {
      case .ended(let outcome): batch.note(outcome, history?.receipt(of: step.step), index)
      case .due(let attempt): batch.due.append(DueStep(step: step, index: index, attempt: attempt))
      case .inDoubt:
        guard case .tool(let call) = step else {
          // What a model call may have done does not matter a second time.
          batch.due.append(DueStep(step: step, index: index, attempt: 1))
          continue
        }
        batch.isInDoubt = true
        // Who is to decide about it has to find it.
        guard await journalDoubt(of: call) else { return false }
      }
    }
    return true
  }

  @inline(never)
  private func progress(of step: FlowStep) throws(ReplayDivergence) -> RunHistory.Progress {
    switch step {
    case .model(let call): try history?.check(call)
    case .tool(let call): try history?.check(call.tool, call.arguments, step: call.step)
    case .approval, .review, .person: break
    }
    return history?.progress(of: step.step) ?? .due(attempt: 1)
  }
}

extension FlowStateMachine {
  fileprivate func inDoubt(_ doubts: [UInt32: String], _ notes: [UInt32: String]) -> FlowOutcome {
    let calls = doubts.sorted { $0.key < $1.key }.map { step, tool in
      "step \(step) (\(tool)\(notes[step].map { ", which says: \($0)" } ?? ""))"
    }.joined(separator: ", ")
    return outcome(
      .inDoubt,
      InvocationFailure(
        .internal, "\(calls) was being made when the host stopped, and may have happened", effectUnknown: true
      ))
  }
}
