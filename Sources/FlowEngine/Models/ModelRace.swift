import Invocation
import Locking
import ModelContracts
import ToolContracts

/// One attempt, or two where the first is slow to begin and the plan has it so: the first answer is taken, and the other
/// attempt taken back. Never are two answers shown.
struct ModelRace {
  let run: ActiveRun
  let call: ModelCall
  let policy: ModelPolicy
  let shown: ShownAnswer
  let first: (target: ModelTarget, number: UInt32)
  /// Whom a second request goes to.
  let backup: (target: ModelTarget, number: UInt32)

  private var runner: FlowRunner { run.runner }
  private var tenant: TenantID { run.request.principal.tenant }
  private struct Attempt: Sendable {
    var outcome: CallOutcome
    var receipt: ModelReceipt?
    /// Nobody was asked: the model is left alone.
    var isRefused = false

    var isAnswer: Bool { if case .success = outcome { true } else { false } }
  }

  /// How many attempts it took is `used`.
  func answer() async -> (answer: ModelExchange.Answer, isRefused: Bool, used: UInt32) {
    guard let delay = call.plan.hedgeNanoseconds else {
      let attempt = await attempt(first.target, first.number, Cancellation(), whenBegun: nil)
      return ((attempt.outcome, attempt.receipt), attempt.isRefused, 1)
    }
    return await hedged(after: delay)
  }

  private func hedged(
    after delay: Int64
  ) async -> (answer: ModelExchange.Answer, isRefused: Bool, used: UInt32) {
    let cancellations = [Cancellation(), Cancellation()]
    // Cancelled once nobody needs the second request any more: something came, or the first is over.
    let begun = Cancellation()
    let due = runner.time.now().advanced(by: delay)
    return await withTaskGroup(of: (Int, Attempt)?.self) { group in
      group.addTask { [self] in
        defer { begun.cancel() }
        return (0, await attempt(first.target, first.number, cancellations[0]) { begun.cancel() })
      }
      group.addTask { [self] in
        guard await runner.lanes.wait(until: due, begun), !run.request.cancellation.isCancelled,
          runner.health.mayRepeat(for: tenant, policy)
        else { return nil }
        return (
          1, await attempt(backup.target, backup.number, cancellations[1], isHedge: true, whenBegun: nil)
        )
      }
      var best: Attempt?
      var used: UInt32 = 0
      for await result in group {
        guard let (index, ended) = result else { continue }
        used += 1
        // Something of the other one's answer was seen: then that one is the answer, or there is none.
        if ended.isAnswer, !shown.claim(index == 0 ? first.number : backup.number) { continue }
        // The first answer; where there is none, the failure that came first.
        if best == nil || ended.isAnswer && best?.isAnswer != true { best = ended }
        if ended.isAnswer { cancellations[1 - index].cancel() }
      }
      guard let best else {
        return ((.failure(InvocationFailure(.internal, "no model was asked")), nil), false, 1)
      }
      return ((best.outcome, best.receipt), best.isRefused, used)
    }
  }

  private func attempt(
    _ target: ModelTarget, _ number: UInt32, _ cancellation: Cancellation, isHedge: Bool = false,
    whenBegun: (@Sendable () -> Void)?
  ) async -> Attempt {
    let wait = runner.health.refuse(target, of: tenant, at: runner.time.now(), policy)
    // An answer that was kept needs nobody to be well.
    if let wait, !runner.pipeline.hasAnswer(to: request(target, number, nil, nil, isHedge: isHedge)) {
      let failure = InvocationFailure(
        .unavailable, "the model has been failing and is left alone for a while",
        retryAfterMilliseconds: InvocationFailure.milliseconds(ofNanoseconds: wait))
      return Attempt(outcome: .failure(failure), isRefused: true)
    }
    let handler = run.request.cancellation.addHandler { cancellation.cancel() }
    defer { if let handler { run.request.cancellation.removeHandler(handler) } }
    let observer =
      call.isWithheld ? nil : run.request.observer.map { TextForwarder(observer: $0, agent: call.agent) }
    let stream = AttemptStream(
      number, for: observer, shown, time: runner.time, cancellation: cancellation, whenBegun: whenBegun)
    let watch = StreamWatch(
      stream, call.plan.deadlines, cancellation: cancellation, lanes: runner.lanes, time: runner.time)
    let request = request(target, number, cancellation, stream, isHedge: isHedge)
    let outcome = await runner.pipeline.call(request)
    watch.end()
    let failure: InvocationFailure? = if case .failure(let failure) = outcome { failure } else { nil }
    let charge = (try? outcome.get())?.charge
    let isKept = charge?.saving != nil
    if isKept {
      runner.health.abandon(target, for: tenant, at: runner.time.now())
    } else {
      runner.health.report(failure, of: target, for: tenant, at: runner.time.now(), policy)
    }
    return Attempt(
      outcome: outcome,
      receipt: ModelReceipt(
        provider: request.tool, model: target.name, cost: charge?.cost, isKept: isKept))
  }

  private func request(
    _ target: ModelTarget, _ number: UInt32, _ cancellation: Cancellation?,
    _ observer: (any CallObserver)?, isHedge: Bool
  ) -> CallRequest {
    CallRequest(
      tool: target.tool ?? call.provider, arguments: call.request(for: target),
      principal: run.request.principal, call: CallID(run: run.request.run, step: call.step), attempt: number,
      position: run.request.position(turn: call.turn, agent: call.agent),
      timeoutNanoseconds: call.plan.deadlines.total, cancellation: cancellation, observer: observer,
      authority: call.authority,
      // A second request that waits for the first would not be one.
      caching: call.plan.cacheNanoseconds.map { AnswerCaching(lifetimeNanoseconds: $0, joins: !isHedge) })
  }
}
