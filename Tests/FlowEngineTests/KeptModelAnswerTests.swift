import Invocation
import JSONCodec
import Locking
import ModelContracts
import Storage
import TestSupport
import Testing
import ToolContracts

@testable import FlowEngine

/// What a run makes of answers that were kept.
@Suite(.leavesNothingBehind)
struct KeptModelAnswerTests {
  private let hour: Int64 = 3_600_000_000_000
  private func plan(hedge: Int64? = nil, retries: RetryPolicy = .none) -> ModelPlan {
    ModelPlan(retries: retries, hedgeNanoseconds: hedge, cacheNanoseconds: hour)
  }
  private func run(_ number: UInt128) -> RunID { RunID(milliseconds: 10, randomness: number) }

  @Test func theSecondRunIsAnsweredAsTheFirstAndPaysNothing() async throws {
    let flow = ModelFlow(plan(), models: ["one m": ModelFlow.says("yes")])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask(run(1)).text == "yes")
    let shown = ShownTexts()
    #expect(await flow.ask(observer: shown).text == "yes")
    #expect(shown.texts.withLock { $0.joined() } == "yes")
    #expect(flow.asked.withLock { $0 } == ["one m"])
    #expect(try await flow.data(.modelRequested).isEmpty)
    #expect(try await flow.data(.modelCompleted).map { $0["cache"]?.string } == ["hit"])
  }

  @Test func aReplayAsksNeitherTheModelNorTheCache() async throws {
    let time = ManualTime()
    let flow = ModelFlow(plan(), time: time, models: ["one m": ModelFlow.says("yes")])
    defer { flow.lanes.shutDown() }
    _ = await flow.ask(run(1))
    _ = await flow.ask()
    let before = try await flow.journal.events(of: ModelFlow.run, tenant: ModelFlow.tenant)
    // By now nothing is kept any more.
    time.advance(milliseconds: 2 * 3_600_000)
    _ = try await flow.runner.replay(ModelFlow.run, of: ModelFlow.tenant)
    #expect(flow.asked.withLock { $0.count } == 1)
    #expect(try await flow.journal.events(of: ModelFlow.run, tenant: ModelFlow.tenant) == before)
  }

  @Test func aKeptAnswerCountsNeitherTokensNorUnknownCosts() async throws {
    let flow = ModelFlow(plan(), models: ["one m": ModelFlow.says("yes")])
    defer { flow.lanes.shutDown() }
    _ = await flow.ask(run(1))
    let call = try #require(ToolName("one.chat")).description
    _ = await flow.ask()
    let events = try await flow.journal.events(of: ModelFlow.run, tenant: ModelFlow.tenant)
    let data = try JSONDocument(parsing: try #require(events.last { $0.kind == .modelCompleted }).data).root
    let receipt = try #require(ModelReceipt(data))
    #expect(receipt.isKept && receipt.cost == .zero && receipt.provider.description == call)
    let result = try #require(data["result"])
    let step = FlowStep.model(
      ModelCall(
        step: 1, turn: 1, agent: "a", provider: receipt.provider, request: [], authority: CallAuthority()))
    guard case .answer(let kept) = step.outcome(of: .success(Array(result.rawBytes)), receipt) else {
      Issue.record("it is an answer")
      return
    }
    #expect(kept.tokens == 0 && kept.cost == .zero)
  }

  @Test func aModelThatIsLeftAloneStillHasItsKeptAnswers() async throws {
    let time = ManualTime()
    let flow = ModelFlow(
      plan(),
      policy: ModelPolicy(breaker: BreakerPolicy(failures: 1, cooldownNanoseconds: hour)), time: time,
      models: ["one m": ModelFlow.inTurn(ModelFlow.says("yes"), ModelFlow.fails("server_error", .io))])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask(run(1)).text == "yes")
    #expect(await flow.ask(run(2), saying: "other").status == .failed)
    #expect(await flow.ask(run(3)).text == "yes")
    // And that says nothing of how the model is.
    #expect(await flow.ask(run(4), saying: "other").failure?.code == .unavailable)
    #expect(flow.asked.withLock { $0.count } == 2)
  }

  @Test func aSecondRequestDoesNotWaitForTheFirst() async throws {
    let time = ManualTime()
    let flow = ModelFlow(
      plan(hedge: 1_000_000), time: time,
      models: [
        "one m": ModelFlow.inTurn(ModelFlow.stalls(time, milliseconds: 5), ModelFlow.says("yes"))
      ])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask(run(1)).text == "yes")
    #expect(await flow.ask(run(2)).text == "yes")
    #expect(flow.asked.withLock { $0.count } == 2)
  }
}
