import Invocation
import JSONCodec
import ModelContracts
import Storage
import ToolContracts

/// One model call of a run: which model is asked, and what is done until one has answered or none will.
final class ModelExchange: Sendable {
  let run: StepRunner
  let call: ModelCall
  /// Of the first attempt.
  let attempt: UInt32

  init(_ run: StepRunner, _ call: ModelCall, attempt: UInt32) {
    self.run = run
    self.call = call
    self.attempt = attempt
  }

  private var runner: FlowRunner { run.runner }
  private var tenant: TenantID { run.request.principal.tenant }
  private var plan: ModelPlan { call.plan }

  typealias Answer = (outcome: CallOutcome, receipt: ModelReceipt?)

  func answer() async -> Answer {
    let targets = await targets()
    runner.health.begin(for: tenant, run.models)
    var attempts = ModelAttempts(plan.retries, targetCount: targets.count)
    let shown = ShownAnswer()
    var number = attempt
    while true {
      let target = targets[attempts.target]
      let race = ModelRace(
        self, shown, first: target,
        backup: attempts.target + 1 < targets.count ? targets[attempts.target + 1] : target, number: number)
      let (answer, isRefused, used) = await race.answer()
      number += used
      guard case .failure(let failure) = answer.outcome else { return answer }
      // Of two that failed, the journal has as the newest whichever ended last.
      let isNewest = !isRefused && used == 1
      guard !run.request.cancellation.isCancelled, runner.time.now() < run.deadline else {
        return await given(answer, failure, of: target, isNewest: isNewest)
      }
      let move = isRefused ? attempts.refused() : move(after: failure, &attempts, isShown: shown.isClaimed)
      guard case .ask(let next, let wait) = move else {
        return await given(answer, failure, of: target, isNewest: isNewest)
      }
      guard await journalRetry(of: target, by: targets[next], after: wait, because: failure) else {
        // Whether it is due or has failed, nobody could tell.
        return unrecorded(failure)
      }
      shown.release()
      guard await runner.lanes.wait(until: runner.time.now().advanced(by: wait), run.request.cancellation)
      else {
        return (.failure(InvocationFailure(.cancelled, "the call was cancelled")), nil)
      }
    }
  }

  @inline(never)
  private func move(
    after failure: InvocationFailure, _ attempts: inout ModelAttempts, isShown: Bool
  ) -> ModelAttempts.Move {
    attempts.failed(
      failure, isShown: isShown, remaining: runner.time.now().nanoseconds(until: run.deadline),
      random: runner.random(), mayRepeat: { runner.health.mayRepeat(for: tenant, run.models) })
  }

  /// A replay must find what came of it.
  ///
  /// - Parameter isNewest: in the journal, among the outcomes of the call.
  @inline(never)
  private func given(
    _ answer: Answer, _ failure: InvocationFailure, of target: ModelTarget, isNewest: Bool
  ) async -> Answer {
    guard !isNewest, !(await journalOutcome(of: target, failure)) else { return answer }
    return unrecorded(failure)
  }

  /// The run stops here, and another host goes on from what is on the disk.
  private func unrecorded(_ failure: InvocationFailure) -> Answer {
    var unrecorded = failure
    unrecorded.isUnrecorded = true
    return (.failure(unrecorded), nil)
  }

  // MARK: Which model

  /// In the order in which they are tried.
  @inline(never)
  private func targets() async -> [ModelTarget] {
    var targets = [call.own] + plan.fallback
    guard !plan.routing.isEmpty, let request = try? JSONDocument(parsing: call.request).root else {
      return targets
    }
    let profile = RequestProfile(request)
    let rule = plan.routing.firstIndex { $0.condition.holds(for: profile) }
    if let rule {
      let chosen = plan.routing[rule].target
      targets = [chosen] + targets.filter { !$0.isSameModel(as: chosen) }
    }
    await journalChoice(of: targets[0], rule: rule, profile)
    return targets
  }

  // MARK: Journal

  private func journalChoice(of target: ModelTarget, rule: Int?, _ profile: RequestProfile) async {
    _ = await journal(.modelRouted, .trace) { data in
      data.field("provider", target.provider)
      data.field("model", target.name)
      // From 1, in the order of the manifest; none: the agent's own model.
      if let rule { data.field("rule", rule + 1) }
      data.field("tokens", profile.tokens)
      data.field("tools", profile.offersTools)
      if let language = profile.language { data.field("language", language) }
      data.field("complexity", profile.complexity)
    }
  }

  /// On the disk before it is done: after a crash the step is due, and has not failed.
  @inline(never)
  private func journalRetry(
    of target: ModelTarget, by next: ModelTarget, after wait: Int64, because failure: InvocationFailure
  ) async -> Bool {
    await journal(.modelRetried, .durable) { data in
      data.field("provider", next.provider)
      data.field("model", next.name)
      data.field("because", failure.trouble?.rawValue ?? failure.code.rawValue)
      data.field("wait_ms", wait / 1_000_000)
      if !next.isSameModel(as: target) { data.field("instead_of", "\(target.provider) \(target.name)") }
    }
  }

  @inline(never)
  private func journalOutcome(of target: ModelTarget, _ failure: InvocationFailure) async -> Bool {
    await journal(.modelCompleted, .durable) { data in
      data.field("tool", target.tool?.description ?? "")
      data.field("status", "rejected")
      data.key("error")
      failure.write(to: &data)
      if let detail = failure.detail { data.field("detail", detail) }
      data.field("model", target.name)
      data.field("duration_us", 0)
    }
  }

  private func journal(
    _ kind: JournalEvent.Kind, _ durability: Durability, _ write: (inout JSONWriter) -> Void
  ) async -> Bool {
    var data = JSONWriter(reserving: 128)
    data.beginObject()
    write(&data)
    data.endObject()
    return await run.append(
      [run.event(kind, turn: call.turn, agent: call.agent, step: call.step, data: data.bytes)], durability)
  }
}
