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
  /// What plugins say of calls that are in doubt, by step.
  var notes: [UInt32: String] = [:]

  /// - Throws: where a run that is gone through again decides otherwise than it did.
  mutating func run() async throws(ReplayDivergence) -> FlowOutcome {
    if history == nil, !(await journalStart()) {
      return machine.unrecorded("the run could not be recorded and was not started")
    }
    var transition = machine.start()
    while true {
      let news = try unrecorded(transition.records)
      switch transition.action {
      case .finish(let outcome):
        let told = await finish(outcome, after: news)
        show(transition)
        return told
      case .perform(let steps):
        if !news.isEmpty { _ = await append(news, .trace) }
        show(transition)
        if case .person(let request)? = steps.first {
          switch await handOver(request) {
          case .returned(let given): transition = machine.answered([.returned(given)])
          case .waiting: return machine.awaiting(request)
          case .stopped: transition = machine.cancelled(because: reasonToStop)
          case .unrecorded: return machine.unrecorded("the run could not be recorded; it stays open")
          }
          continue
        }
        switch try await perform(steps) {
        case .done(let outcomes): transition = machine.answered(outcomes)
        case .stopped: transition = machine.cancelled(because: reasonToStop)
        case .inDoubt: return machine.inDoubt(history?.doubts ?? [:], notes)
        case .waiting(let questions): return machine.awaiting(questions)
        case .unrecorded: return machine.unrecorded("the run could not be recorded; it stays open")
        }
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

  // MARK: Steps

  private enum Performance {
    /// In the order of the steps.
    case done([StepOutcome])
    /// A model is not asked any more, nor a person.
    case stopped
    /// One of the calls may have happened before the host stopped: then none is made.
    case inDoubt
    /// All is done that can be; a person decides about these.
    case waiting([ApprovalQuestion])
    /// The journal lacks what became of one of the calls.
    case unrecorded
  }
  private typealias Due = (index: Int, attempt: UInt32)

  /// All at once; what became of them in the order of the steps.
  private mutating func perform(_ steps: [FlowStep]) async throws(ReplayDivergence) -> Performance {
    let steps = history.map { history in steps.map(history.edited) } ?? steps
    var outcomes = [StepOutcome?](repeating: nil, count: steps.count)
    var due: [Due] = []
    var waiting: [ApprovalQuestion] = []
    var questions: [ApprovalQuestion] = []
    var isInDoubt = false
    for (index, step) in steps.enumerated() {
      if let question = step.question {
        switch try await approval(for: question) {
        case .decided(let decision): outcomes[index] = .decision(decision)
        case .asked: waiting.append(question)
        case .unasked:
          waiting.append(question)
          questions.append(question)
        }
        continue
      }
      guard let progress = await reconciled(try progress(of: step), step) else { return .unrecorded }
      switch progress {
      case .ended(let outcome):
        outcomes[index] = step.outcome(of: outcome, history?.receipt(of: step.step))
      case .due(let attempt): due.append((index, attempt))
      case .inDoubt:
        guard case .tool(let call) = step else {
          // What a model call may have done does not matter a second time.
          due.append((index, 1))
          continue
        }
        isInDoubt = true
        // Who is to decide about it has to find it.
        guard await journalDoubt(of: call) else { return .unrecorded }
      }
    }
    if isInDoubt { return .inDoubt }
    if mustStop {
      let refused = await refuse(due, of: steps)
      // The end would stand in the journal without them.
      if refused.contains(where: { $0.1.isUnrecorded }) { return .unrecorded }
      if !waiting.isEmpty || due.contains(where: { steps[$0.index].isModelCall }) { return .stopped }
      for (index, outcome) in refused { outcomes[index] = outcome }
    } else {
      for question in questions { await ask(question) }
      for (index, outcome) in await make(due, of: steps) { outcomes[index] = outcome }
    }
    if outcomes.contains(where: { $0?.isUnrecorded == true }) { return .unrecorded }
    if zip(steps, outcomes).contains(where: { $1?.endsRun(as: $0) == true }) { return .stopped }
    if !waiting.isEmpty { return .waiting(waiting) }
    return .done(
      outcomes.map { $0 ?? .result(.failure(InvocationFailure(.internal, "the call has no result"))) })
  }

  private func progress(of step: FlowStep) throws(ReplayDivergence) -> RunHistory.Progress {
    switch step {
    case .model(let call): try history?.check(call)
    case .tool(let call): try history?.check(call.tool, call.arguments, step: call.step)
    case .approval, .review, .person: break
    }
    return history?.progress(of: step.step) ?? .due(attempt: 1)
  }

  /// Calls that are not made because the run is over. The pipeline writes down that they were not; a replay, which came
  /// to where the journal ends, writes nothing.
  private func refuse(_ due: [Due], of steps: [FlowStep]) async -> [(Int, StepOutcome)] {
    let tools = due.filter { !steps[$0.index].isModelCall }
    if !isReplay { return await make(tools, of: steps) }
    let failure = InvocationFailure(.cancelled, "the call was not made")
    return tools.map { ($0.index, .result(.failure(failure))) }
  }

  private func make(_ due: [Due], of steps: [FlowStep]) async -> [(Int, StepOutcome)] {
    if due.isEmpty { return [] }
    if due.count == 1 { return [(due[0].index, await make(steps[due[0].index], attempt: due[0].attempt))] }
    return await withTaskGroup(of: (Int, StepOutcome).self) { [self] group in
      for (index, attempt) in due {
        group.addTask { (index, await make(steps[index], attempt: attempt)) }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
  }

  private func make(_ step: FlowStep, attempt: UInt32) async -> StepOutcome {
    switch step {
    case .model(let call):
      let (outcome, receipt) = await ModelExchange(run: self, call: call, attempt: attempt).answer()
      return step.outcome(of: outcome.map(\.json), receipt)
    case .tool(let call): return step.outcome(of: await tool(call, attempt: attempt))
    // Never due: a person decides.
    case .approval, .review: return .decision(.expired)
    case .person: return .returned(PersonReturn())
    }
  }

  private func tool(_ step: ToolCallStep, attempt: UInt32) async -> Result<[UInt8], InvocationFailure> {
    let call = CallID(run: request.run, step: step.step)
    let start = runner.time.now()
    request.observer?.observed(
      .toolStarted(step.tool, agent: step.stage ?? step.agent, call: call, arguments: step.arguments))
    let outcome = await runner.pipeline.call(
      CallRequest(
        tool: step.tool, arguments: step.arguments, mayRepair: !step.isJudged,
        approval: step.approval,
        principal: request.principal, call: call, attempt: attempt,
        position: request.position(turn: step.turn, agent: step.agent), cancellation: request.cancellation,
        observer: request.observer.map(ProgressForwarder.init), asker: request.asker,
        authority: step.authority))
    if let observer = request.observer {
      let failure: InvocationFailure? = if case .failure(let failure) = outcome { failure } else { nil }
      observer.observed(
        .toolFinished(
          step.tool, agent: step.stage ?? step.agent, call: call, failure: failure,
          nanoseconds: start.nanoseconds(until: runner.time.now())))
    }
    return outcome.map(\.json)
  }
}

extension FlowStep {
  fileprivate var step: UInt32 {
    switch self {
    case .model(let call): call.step
    case .tool(let call), .approval(let call, _): call.step
    case .review(let review): review.step
    case .person(let request): request.step
    }
  }

  fileprivate var isModelCall: Bool { if case .model = self { true } else { false } }

  fileprivate func outcome(
    of result: Result<[UInt8], InvocationFailure>, _ receipt: ModelReceipt? = nil
  ) -> StepOutcome {
    guard isModelCall else { return .result(result) }
    switch result {
    case .success(let json):
      guard let document = try? JSONDocument(parsing: json), var answer = ModelAnswer(document.root) else {
        return .noAnswer(InvocationFailure(.invalidResult, "the model's answer makes no sense"))
      }
      answer.cost = receipt?.cost
      answer.provider = receipt?.provider
      answer.model = receipt?.model
      // Paid for by the run that it was given to first.
      if receipt?.isKept == true { answer.tokens = 0 }
      return .answer(answer)
    case .failure(let failure): return .noAnswer(failure)
    }
  }
}

extension StepOutcome {
  fileprivate var isUnrecorded: Bool {
    switch self {
    case .noAnswer(let failure), .result(.failure(let failure)): failure.isUnrecorded
    case .answer, .result(.success), .decision, .returned: false
    }
  }

  /// Whether nothing can follow on it: an agent learns that its call was cancelled, and the next turn ends the run.
  fileprivate func endsRun(as step: FlowStep) -> Bool {
    switch (self, step) {
    case (.noAnswer(let failure), _): failure.code == .cancelled
    case (.result(.failure(let failure)), .tool(let call)): failure.code == .cancelled && call.stage != nil
    default: false
    }
  }
}

extension FlowStateMachine {
  fileprivate func unrecorded(_ message: String) -> FlowOutcome {
    outcome(.failed, InvocationFailure(.internal, message))
  }

  /// The run stays open until a person has said what became of its calls.
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
