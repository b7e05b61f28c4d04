import Invocation
import JSONCodec
import Locking
import ModelContracts
import Storage
import TestSupport
import Testing
import ToolContracts

@testable import FlowEngine

@Suite(.leavesNothingBehind)
struct ModelExchangeTests {
  private let fallback = [ModelTarget(provider: "two", name: "n")]
  private let patient = RetryPolicy(attempts: 3, baseNanoseconds: 1, maxNanoseconds: 1)
  private let second: Int64 = 1_000_000_000
  private let hour: Int64 = 3_600_000_000_000

  @Test func aCallThatFailsForAMomentIsMadeAgain() async throws {
    let flow = ModelFlow(
      ModelPlan(retries: patient),
      models: ["one m": ModelFlow.inTurn(ModelFlow.fails("overloaded", .busy), ModelFlow.says("yes"))])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().text == "yes")
    #expect(flow.asked.withLock { $0 } == ["one m", "one m"])
    let retried = try await flow.data(.modelRetried)
    #expect(retried.count == 1 && retried[0]["because"]?.string == "overloaded")
    #expect(try await flow.data(.modelRequested).map { $0["attempt"]?.text } == [nil, "2"])
  }

  @Test func theNextModelIsAskedWhereThisOneHasNoAnswer() async throws {
    let flow = ModelFlow(
      ModelPlan(fallback: fallback, retries: patient),
      models: ["one m": ModelFlow.fails("quota_exhausted", .denied), "two n": ModelFlow.says("yes")])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().text == "yes")
    #expect(flow.asked.withLock { $0 } == ["one m", "two n"])
    #expect(try await flow.data(.modelRetried)[0]["instead_of"]?.string == "one m")
    #expect(try await flow.data(.modelCompleted).last?["tool"]?.string == "two.chat")
  }

  @Test func aRequestThatIsAtFaultEndsTheRun() async throws {
    let flow = ModelFlow(
      ModelPlan(fallback: fallback, retries: patient),
      models: ["one m": ModelFlow.fails("invalid_request", .argument), "two n": ModelFlow.says("yes")])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .failed)
    #expect(flow.asked.withLock { $0 } == ["one m"])
  }

  @Test func aPlainStatusIsJudgedByItself() async throws {
    let flow = ModelFlow(
      ModelPlan(fallback: fallback, retries: patient),
      models: [
        "one m": ModelFlow.inTurn({ _, _, _ in .io }, { _, _, _ in .denied }), "two n": ModelFlow.says("yes"),
      ])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().text == "yes")
    #expect(
      try await flow.data(.modelRetried).map { $0["because"]?.string } == ["unreachable", "credentials"])
  }

  @Test func whatSomebodyHasSeenIsNotBegunAnew() async throws {
    let broken: ModelFlow.Model = { lanes, call, _ in
      _ = Array("half".utf8).withUnsafeBytes {
        lanes.emit(call, event: CallEvent.Kind.text.rawValue, data: $0)
      }
      return ModelFlow.fails("incomplete", .io)(lanes, call, 1)
    }
    let models = ["one m": ModelFlow.inTurn(broken, ModelFlow.says("whole"))]
    let flow = ModelFlow(ModelPlan(retries: patient), models: models)
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask(observer: ShownTexts()).status == .failed)
    // Nobody looks.
    let unseen = ModelFlow(ModelPlan(retries: patient), models: models)
    defer { unseen.lanes.shutDown() }
    #expect(await unseen.ask().text == "whole")
    var restarting = patient
    restarting.restartsShownAnswers = true
    let stubborn = ModelFlow(ModelPlan(retries: restarting), models: models)
    defer { stubborn.lanes.shutDown() }
    let shown = ShownTexts()
    #expect(await stubborn.ask(observer: shown).text == "whole")
    #expect(shown.texts.withLock { $0 } == ["half", "whole"])
  }

  @Test func anAnswerThatDoesNotBeginIsTakenBack() async throws {
    let time = ManualTime()
    let flow = ModelFlow(
      ModelPlan(
        fallback: fallback, retries: .none, deadlines: ModelDeadlines(firstPiece: second, idle: hour)),
      time: time,
      models: ["one m": ModelFlow.stalls(time, milliseconds: 1001), "two n": ModelFlow.says("yes")])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().text == "yes")
    let completed = try await flow.data(.modelCompleted)
    #expect(completed[0]["status"]?.string == "timed_out")
    #expect(completed[0]["error"]?["message"]?.string?.contains("did not begin") == true)
    #expect(try await flow.data(.modelRetried)[0]["because"]?.string == "unreachable")
  }

  @Test func anAnswerThatStandsStillIsTakenBack() async throws {
    let time = ManualTime()
    let flow = ModelFlow(
      ModelPlan(
        fallback: fallback, retries: .none, deadlines: ModelDeadlines(firstPiece: hour, idle: second)),
      time: time,
      models: [
        "one m": ModelFlow.stalls(time, milliseconds: 1001, after: "half"), "two n": ModelFlow.says("yes"),
      ])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().text == "yes")
    #expect(
      try await flow.data(.modelCompleted)[0]["error"]?["message"]?.string?.contains("stood still") == true)
    #expect(try await flow.data(.modelRetried)[0]["because"]?.string == "incomplete")
  }

  @Test func aSlowModelIsHelpedOutByAnotherAndOneAnswerIsGiven() async throws {
    let time = ManualTime()
    let flow = ModelFlow(
      ModelPlan(fallback: fallback, retries: .none, hedgeNanoseconds: second), time: time,
      models: ["one m": ModelFlow.stalls(time, milliseconds: 1001), "two n": ModelFlow.says("fast")])
    defer { flow.lanes.shutDown() }
    let shown = ShownTexts()
    #expect(await flow.ask(observer: shown).text == "fast")
    #expect(shown.texts.withLock { $0 } == ["fast"])
    #expect(
      try await flow.data(.modelCompleted).compactMap { $0["status"]?.string }.sorted() == [
        "cancelled", "ok",
      ])
    // What came of the other one does not matter a second time.
    let history = try #require(
      RunHistory(try await flow.journal.events(of: ModelFlow.run, tenant: ModelFlow.tenant)))
    guard case .ended(.success) = history.progress(of: 1) else {
      Issue.record("the answer is not the outcome")
      return
    }
  }

  @Test func ofTwoRequestsThatBothFailTheJournalSaysWhichIsTheOutcomeAndAReplayGoesByIt() async throws {
    let time = ManualTime()
    let slow = Lock<CallHandle?>(nil)
    let flow = ModelFlow(
      ModelPlan(retries: .none, hedgeNanoseconds: second), time: time,
      models: [
        "one m": { lanes, call, count in
          if count == 1 {
            slow.withLock { $0 = call }
            time.advance(milliseconds: 1001)
            return .pending
          }
          if let first = slow.withLock({ $0 }) {
            _ = ModelFlow.fails("overloaded", .busy)(lanes, first, 1)
          }
          return ModelFlow.fails("credentials", .denied)(lanes, call, 1)
        }
      ])
    defer { flow.lanes.shutDown() }
    let outcome = await flow.ask()
    #expect(outcome.status == .failed && flow.asked.withLock { $0.count } == 2)
    // Two that ended in one order or the other, and which of them counts.
    let completed = try await flow.data(.modelCompleted)
    #expect(completed.count == 3 && completed.last?["status"]?.string == "rejected")
    #expect(completed.last?["error"]?["code"]?.string == outcome.failure?.code.rawValue)
    _ = try await flow.runner.replay(ModelFlow.run, of: ModelFlow.tenant)
    #expect(flow.asked.withLock { $0.count } == 2)
  }

  @Test func aModelThatHasBegunIsNotHelpedOut() async throws {
    let time = ManualTime()
    let flow = ModelFlow(
      ModelPlan(
        fallback: fallback, retries: .none, deadlines: ModelDeadlines(idle: 2 * second),
        hedgeNanoseconds: second),
      time: time,
      models: [
        "one m": ModelFlow.stalls(time, milliseconds: 2001, after: "half"), "two n": ModelFlow.says("no"),
      ])
    defer { flow.lanes.shutDown() }
    // It stood still after that, and somebody has seen the half.
    #expect(await flow.ask(observer: ShownTexts()).status == .failed)
    #expect(flow.asked.withLock { $0 } == ["one m"])
  }

  @Test func aModelThatAnswersInTimeIsNotHelpedOut() async throws {
    let flow = ModelFlow(
      ModelPlan(fallback: fallback, retries: .none, hedgeNanoseconds: hour),
      models: ["one m": ModelFlow.says("first"), "two n": ModelFlow.says("second")])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().text == "first")
    #expect(flow.asked.withLock { $0 } == ["one m"])
  }

  @Test func aRuleDecidesWhichModelIsAskedAndTheJournalSaysWhy() async throws {
    let cheap = ModelTarget(provider: "two", name: "n")
    let plan = ModelPlan(
      routing: [
        RoutingRule(RequestCondition(languages: ["de"]), target: ModelTarget(provider: "two", name: "x")),
        RoutingRule(RequestCondition(maxComplexity: 20), target: cheap),
      ], retries: .none)
    let flow = ModelFlow(
      plan, question: "What is the time?",
      models: ["one m": ModelFlow.says("dear"), "two n": ModelFlow.says("cheap")])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().text == "cheap")
    let routed = try #require(try await flow.data(.modelRouted).first)
    #expect(
      routed["rule"]?.text == "2" && routed["model"]?.string == "n" && routed["language"]?.string == "en")
    // A replay takes what is there, and asks nobody.
    _ = try await flow.runner.replay(ModelFlow.run, of: ModelFlow.tenant)
    #expect(flow.asked.withLock { $0.count } == 1)
  }

  @Test func whereNoRuleHoldsTheAgentsOwnModelIsAsked() async throws {
    let plan = ModelPlan(
      routing: [RoutingRule(RequestCondition(offersTools: true), target: fallback[0])], retries: .none)
    let flow = ModelFlow(plan, models: ["one m": ModelFlow.says("own")])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().text == "own")
    let routed = try #require(try await flow.data(.modelRouted).first)
    #expect(routed["rule"] == nil && routed["provider"]?.string == "one")
  }

  @Test func aModelThatKeepsFailingIsLeftAlone() async throws {
    let policy = ModelPolicy(breaker: BreakerPolicy(failures: 2, cooldownNanoseconds: hour))
    let flow = ModelFlow(
      ModelPlan(fallback: fallback, retries: .none), policy: policy,
      models: ["one m": ModelFlow.fails("server_error", .io), "two n": ModelFlow.says("yes")])
    defer { flow.lanes.shutDown() }
    for number in 1...4 {
      #expect(await flow.ask(RunID(milliseconds: Int64(number), randomness: 1)).text == "yes")
    }
    #expect(flow.asked.withLock { $0.count { $0 == "one m" } } == 2)
  }

  @Test func whereAllAreLeftAloneTheJournalSaysSo() async throws {
    let policy = ModelPolicy(breaker: BreakerPolicy(failures: 1, cooldownNanoseconds: hour))
    let flow = ModelFlow(
      ModelPlan(retries: RetryPolicy(attempts: 1)), policy: policy,
      models: ["one m": ModelFlow.fails("server_error", .io)])
    defer { flow.lanes.shutDown() }
    _ = await flow.ask(RunID(milliseconds: 1, randomness: 1))
    let outcome = await flow.ask()
    #expect(outcome.failure?.code == .unavailable && flow.asked.withLock { $0.count } == 1)
    let completed = try await flow.data(.modelCompleted)
    #expect(completed.count == 1 && completed[0]["status"]?.string == "rejected")
    _ = try await flow.runner.replay(ModelFlow.run, of: ModelFlow.tenant)
  }

  @Test func repetitionsAreBoundedOverAllRunsOfATenant() async throws {
    let policy = ModelPolicy(retryBudget: RetryBudgetPolicy(percent: 0, burst: 3))
    let flow = ModelFlow(
      ModelPlan(retries: patient), policy: policy, models: ["one m": ModelFlow.fails("rate_limited", .busy)])
    defer { flow.lanes.shutDown() }
    for number in 1...4 { _ = await flow.ask(RunID(milliseconds: Int64(number), randomness: 1)) }
    // Four first attempts, and three more.
    #expect(flow.asked.withLock { $0.count } == 7)
  }

  @Test func aFailedRunIsReplayedAsItWas() async throws {
    let flow = ModelFlow(
      ModelPlan(fallback: fallback, retries: patient),
      models: [
        "one m": ModelFlow.fails("overloaded", .busy), "two n": ModelFlow.fails("credentials", .denied),
      ])
    defer { flow.lanes.shutDown() }
    let outcome = await flow.ask()
    #expect(outcome.status == .failed && outcome.failure?.code == .denied)
    #expect(flow.asked.withLock { $0 } == ["one m", "one m", "one m", "two n"])
    _ = try await flow.runner.replay(ModelFlow.run, of: ModelFlow.tenant)
    #expect(flow.asked.withLock { $0.count } == 4)
  }
}
