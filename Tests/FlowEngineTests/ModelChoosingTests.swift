import Admission
import Invocation
import JSONCodec
import Locking
import ModelContracts
import Storage
import TestSupport
import Testing
import ToolContracts

@testable import FlowEngine

/// Whom a request goes to, and to whom it does not.
@Suite(.leavesNothingBehind)
struct ModelChoosingTests {
  private let hour: Int64 = 3_600_000_000_000
  private let second: Int64 = 1_000_000_000

  private func target(_ name: String) -> ModelTarget { ModelTarget(provider: "two", name: name) }
  private func run(_ number: UInt128) -> RunID { RunID(milliseconds: 11, randomness: number) }

  @Test func theFirstRuleThatHoldsDecidesAndTheOthersAreAskedAfterIt() async throws {
    let always = RequestCondition(offersTools: false)
    let plan = ModelPlan(
      fallback: [target("p"), target("n")],
      routing: [RoutingRule(always, target: target("n")), RoutingRule(always, target: target("o"))],
      retries: .none)
    let flow = ModelFlow(
      plan,
      models: [
        "two n": ModelFlow.fails("quota_exhausted", .denied),
        "one m": ModelFlow.fails("quota_exhausted", .denied), "two p": ModelFlow.says("yes"),
        "two o": ModelFlow.says("no"),
      ])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().text == "yes")
    #expect(flow.asked.withLock { $0 } == ["two n", "one m", "two p"])
  }

  @Test func nobodyIsAskedForARunThatWasCancelled() async throws {
    let cancellation = Cancellation()
    let flow = ModelFlow(
      ModelPlan(fallback: [target("n")], retries: RetryPolicy(attempts: 3, baseNanoseconds: 1)),
      models: [
        "one m": { lanes, call, count in
          cancellation.cancel()
          return ModelFlow.fails("overloaded", .busy)(lanes, call, count)
        }, "two n": ModelFlow.says("no"),
      ])
    defer { flow.lanes.shutDown() }
    let outcome = await flow.runner.run(
      FlowRequest(
        flow: "flow", input: "question", principal: Principal(tenant: ModelFlow.tenant), run: ModelFlow.run,
        cancellation: cancellation))
    #expect(outcome.status != .succeeded)
    #expect(flow.asked.withLock { $0 } == ["one m"])
    #expect(try await flow.data(.modelRetried).isEmpty)
  }

  @Test func aSecondRequestIsARepetitionThatTheTenantMustHaveLeft() async throws {
    let time = ManualTime()
    let flow = ModelFlow(
      ModelPlan(
        retries: .none, deadlines: ModelDeadlines(firstPiece: 2 * second), hedgeNanoseconds: second),
      policy: ModelPolicy(retryBudget: RetryBudgetPolicy(percent: 0, burst: 0)), time: time,
      models: ["one m": ModelFlow.stalls(time, milliseconds: 2001)])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .failed)
    #expect(flow.asked.withLock { $0 } == ["one m"])
  }

  /// Both have something to show: the one that was asked second says so while the first is still at it.
  @Test func ofTwoAnswersOneIsShown() async throws {
    let shown = ShownAnswer()
    #expect(shown.claim(2) && !shown.claim(1) && shown.claim(2))
    let texts = ShownTexts()
    let (kept, dropped) = (Cancellation(), Cancellation())
    let streams = [(UInt32(2), kept), (1, dropped)].map { attempt, cancellation in
      AttemptStream(
        attempt, for: TextForwarder(observer: texts, agent: "a"), shown, time: ManualTime(),
        cancellation: cancellation)
    }
    let call = CallID(run: ModelFlow.run, step: 1)
    for stream in streams + streams {
      stream.received(CallEvent(kind: .text, data: Array("x".utf8)), from: call)
    }
    #expect(texts.texts.withLock { $0 } == ["x", "x"])
    #expect(dropped.isCancelled && !kept.isCancelled)
    // Once it failed, another may begin anew.
    shown.release()
    #expect(shown.claim(3) && !shown.claim(2))
  }

  @Test func aModelThatWantsToBeAskedLaterIsNotOneThatFails() async throws {
    let flow = ModelFlow(
      ModelPlan(retries: .none),
      policy: ModelPolicy(breaker: BreakerPolicy(failures: 1, cooldownNanoseconds: hour)),
      models: ["one m": ModelFlow.inTurn(ModelFlow.fails("rate_limited", .busy), ModelFlow.says("yes"))])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask(run(1)).status == .failed)
    #expect(await flow.ask(run(2)).text == "yes")
  }

  @Test func theTroubleOfOneModelIsNotThatOfAnotherNorOfAnotherTenant() throws {
    let health = ModelHealth()
    let policy = ModelPolicy(breaker: BreakerPolicy(failures: 1, cooldownNanoseconds: hour))
    let (acme, globex) = (try #require(TenantID("acme")), try #require(TenantID("globex")))
    let now = MonotonicTime(nanoseconds: 1)
    health.report(InvocationFailure(.timedOut, ""), of: target("n"), for: acme, at: now, policy)
    #expect(health.refuse(target("n"), of: acme, at: now, policy) != nil)
    #expect(health.refuse(target("o"), of: acme, at: now, policy) == nil)
    #expect(
      health.refuse(ModelTarget(provider: "one", name: "n"), of: acme, at: now, policy) == nil)
    #expect(health.refuse(target("n"), of: globex, at: now, policy) == nil)
  }

  @Test func whoTriesAModelAndIsAnsweredFromTheCacheLeavesItToTheNextOne() throws {
    let health = ModelHealth()
    let policy = ModelPolicy(breaker: BreakerPolicy(failures: 1, cooldownNanoseconds: second))
    let acme = try #require(TenantID("acme"))
    let later = MonotonicTime(nanoseconds: 2 * second)
    health.report(
      InvocationFailure(.timedOut, ""), of: target("n"), for: acme, at: MonotonicTime(nanoseconds: 1), policy)
    #expect(health.refuse(target("n"), of: acme, at: later, policy) == nil)
    // One tries; nobody else does, until that one has reported back.
    #expect(health.refuse(target("n"), of: acme, at: later, policy) != nil)
    health.abandon(target("n"), for: acme, at: later)
    #expect(health.refuse(target("n"), of: acme, at: later, policy) == nil)
  }
}
