import Invocation
import Locking
import ModelContracts
import ToolContracts

/// One attempt, or two where the first is slow to begin and the plan has it so: the first answer is taken, and the other
/// attempt taken back. Never are two answers shown.
final class ModelRace: Sendable {
  private let exchange: ModelExchange
  private let shown: ShownAnswer
  private let first: ModelTarget
  /// Whom a second request goes to.
  private let backup: ModelTarget
  /// Of the first attempt.
  private let number: UInt32

  init(
    _ exchange: ModelExchange, _ shown: ShownAnswer, first: ModelTarget, backup: ModelTarget, number: UInt32
  ) {
    self.exchange = exchange
    self.shown = shown
    self.first = first
    self.backup = backup
    self.number = number
  }

  private var run: StepRunner { exchange.run }
  private var call: ModelCall { exchange.call }
  private var policy: ModelPolicy { exchange.run.models }
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
      let attempt = await attempt(first, number, Cancellation(), whenBegun: nil)
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
        return (0, await attempt(first, number, cancellations[0]) { begun.cancel() })
      }
      group.addTask { [self] in
        guard await runner.lanes.wait(until: due, begun), !run.request.cancellation.isCancelled,
          runner.health.mayRepeat(for: tenant, policy)
        else { return nil }
        return (
          1, await attempt(backup, number + 1, cancellations[1], isHedge: true, whenBegun: nil)
        )
      }
      var best: Attempt?
      var used: UInt32 = 0
      for await result in group {
        guard let (index, ended) = result else { continue }
        used += 1
        // Something of the other one's answer was seen: then that one is the answer, or there is none.
        if ended.isAnswer, !shown.claim(index == 0 ? number : number + 1) { continue }
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
    if let refused = refused(target, number, isHedge: isHedge) { return refused }
    let handler = run.request.cancellation.addHandler { cancellation.cancel() }
    let stream = stream(number, cancellation, whenBegun)
    let watch = StreamWatch(
      stream, call.plan.deadlines, cancellation: cancellation, lanes: runner.lanes, time: runner.time)
    let outcome = await runner.pipeline.call(
      request(target, number, cancellation, stream, isHedge: isHedge))
    watch.end()
    if let handler { run.request.cancellation.removeHandler(handler) }
    return ended(target, outcome)
  }

  @inline(never)
  private func refused(_ target: ModelTarget, _ number: UInt32, isHedge: Bool) -> Attempt? {
    guard let wait = runner.health.refuse(target, of: tenant, at: runner.time.now(), policy) else {
      return nil
    }
    // An answer that was kept needs nobody to be well.
    if runner.pipeline.hasAnswer(to: request(target, number, nil, nil, isHedge: isHedge)) { return nil }
    let failure = InvocationFailure(
      .unavailable, "the model has been failing and is left alone for a while",
      retryAfterMilliseconds: InvocationFailure.milliseconds(ofNanoseconds: wait))
    return Attempt(outcome: .failure(failure), isRefused: true)
  }

  @inline(never)
  private func stream(
    _ number: UInt32, _ cancellation: Cancellation, _ whenBegun: (@Sendable () -> Void)?
  ) -> AttemptStream {
    let observer =
      call.isWithheld ? nil : run.request.observer.map { TextForwarder(observer: $0, agent: call.agent) }
    return AttemptStream(
      number, for: observer, shown, time: runner.time, cancellation: cancellation, whenBegun: whenBegun)
  }

  @inline(never)
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
      caching: call.plan.cacheNanoseconds.map { AnswerCaching(lifetimeNanoseconds: $0, joins: !isHedge) },
      isCommittedByCaller: true)
  }

  @inline(never)
  private func ended(_ target: ModelTarget, _ outcome: CallOutcome) -> Attempt {
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
        provider: target.tool ?? call.provider, model: target.name, cost: charge?.cost, isKept: isKept))
  }
}
