import Invocation
import JSONCodec
import Locking
import ModelContracts
import Storage
import TestSupport
import Testing
import ToolContracts

struct BudgetTests {
  /// A token read costs 1 millionth, one written 2.
  private func prices() throws -> PriceList {
    PriceList(
      currency: "USD",
      entries: [
        PriceList.Entry(
          provider: "fixture", model: "large", from: try #require(CivilDay("2020-01-01")),
          rates: TokenRates(input: try #require(Money("1")), output: try #require(Money("2"))))
      ])
  }

  private func policy(_ limits: [BudgetScope: BudgetLimit] = [:]) throws -> ModelPolicy {
    ModelPolicy(prices: try prices(), budgets: BudgetPolicy(limits: limits, reservedOutput: 100))
  }

  @Test func theJournalHasWhatACallCost() async throws {
    let fixture = ModelFixture(try policy(), input: 1000, output: 10)
    defer { fixture.lanes.shutDown() }
    let result = try await fixture.ask(user: "ada").get()
    #expect(result.charge?.cost == Money("0.00102"))
    let completed = try #require(try await fixture.events().last)
    #expect(completed["cost"]?.string == "0.00102" && completed["currency"]?.string == "USD")
    #expect(completed["model"]?.string == "large" && completed["user"]?.string == "ada")
  }

  @Test func whatAModelWithoutAPriceCostsIsUnknownAndNotNothing() async throws {
    let fixture = ModelFixture(try policy(), input: 1000, output: 10)
    defer { fixture.lanes.shutDown() }
    let charge = try #require(try await fixture.ask("small").get().charge)
    #expect(charge.cost == nil && charge.usage.total == 1010)
    let completed = try #require(try await fixture.events().last)
    #expect(completed["cost"]?.kind == .null && completed["currency"] == nil)
  }

  @Test func aCallThatTheBudgetDoesNotHoldIsNotMade() async throws {
    let fixture = ModelFixture(try policy([.run: BudgetLimit(tokens: 250)]), input: 100, output: 50)
    defer { fixture.lanes.shutDown() }
    _ = try await fixture.ask().get()
    #expect(
      try await fixture.balance(.run) == BudgetBalance(used: Spending(tokens: 150, cost: Money("0.0002")!)))
    // 150 are used, and some 125 would be put aside.
    #expect(await fixture.ask().failure?.code == .budgetExhausted)
    #expect(try await fixture.balance(.run)?.reserved == Spending.none)
    let other = RunID(milliseconds: 2, randomness: 2)
    _ = try await fixture.ask(in: other).get()
    let refused = try #require(try await fixture.events().last)
    #expect(
      refused["error"]?["code"]?.string == "budget_exhausted" && refused["status"]?.string == "rejected")
    #expect(refused["model"]?.string == "large")
  }

  @Test func aCallThatABudgetRefusesGivesItsPlaceBack() async throws {
    let fixture = ModelFixture(
      try policy([.run: BudgetLimit(tokens: 1)]), limits: LimitPolicy(concurrency: 1, maxWaiting: 0)
    ) { lanes, call, _ in lanes.complete(call, answer()) }
    defer { fixture.lanes.shutDown() }
    for _ in 1...3 { #expect(await fixture.ask().failure?.code == .budgetExhausted) }
  }

  @Test func theLengthThatIsAskedForIsWhatIsPutAside() async throws {
    let fixture = ModelFixture(try policy([.run: BudgetLimit(tokens: 100)]), input: 1, output: 1)
    defer { fixture.lanes.shutDown() }
    #expect(await fixture.ask(settings: #"{"max_tokens":99}"#).failure?.code == .budgetExhausted)
    _ = try await fixture.ask(settings: #"{"max_tokens":9}"#).get()
  }

  @Test func aBudgetInMoneyLetsNoUnpricedModelPass() async throws {
    let fixture = ModelFixture(
      try policy([.day: BudgetLimit(cost: Money("5"))]), input: 1, output: 1)
    defer { fixture.lanes.shutDown() }
    let failure = try #require(await fixture.ask("small").failure)
    #expect(failure.code == .budgetExhausted && failure.retryAfterMilliseconds == nil)
    _ = try await fixture.ask("large").get()
    #expect(try await fixture.balance(.day)?.used.cost == Money("0.000003"))
  }

  @Test func theBudgetOfADaySaysWhenTheNextOneBegins() async throws {
    let fixture = ModelFixture(try policy([.day: BudgetLimit(tokens: 1)]), input: 1, output: 1)
    defer { fixture.lanes.shutDown() }
    let wait = try #require(await fixture.ask().failure?.retryAfterMilliseconds)
    #expect((1...86_400_001).contains(wait))
  }

  @Test func aRefusedCallUsedNothing() async throws {
    let fixture = ModelFixture(try policy([.run: BudgetLimit(tokens: 1000)])) { lanes, call, _ in .busy }
    defer { fixture.lanes.shutDown() }
    #expect(await fixture.ask().failure?.code == .rateLimited)
    #expect(try await fixture.balance(.run) == .empty)
  }

  @Test func aCallThatWasCutOffCountsAsAllThatWasPutAside() async throws {
    let fixture = ModelFixture(try policy([.run: BudgetLimit(tokens: 1000)])) { _, _, _ in .crashed }
    defer { fixture.lanes.shutDown() }
    #expect(await fixture.ask().failure?.code == .pluginCrashed)
    let balance = try #require(try await fixture.balance(.run))
    #expect(balance.used.tokens > 100 && balance.reserved == .none)
  }

  @Test func aCallThatWasNotAnsweredInTimeCountsAsAllThatWasPutAside() async throws {
    let time = ManualTime()
    let fixture = ModelFixture(try policy([.run: BudgetLimit(tokens: 1000)]), time: time) { _, _, _ in
      time.advance(milliseconds: 1001)
      return .pending
    }
    defer { fixture.lanes.shutDown() }
    #expect(await fixture.ask(milliseconds: 1000).failure?.code == .timedOut)
    let balance = try #require(try await fixture.balance(.run))
    #expect(balance.used.tokens > 100 && balance.reserved == .none)
  }

  @Test func whoSettlesLateHasTenMinutesForIt() async throws {
    let ledger = ClaimedLedger()
    let fixture = ModelFixture(
      try policy([.run: BudgetLimit(tokens: 1000)]), input: 1, output: 1, budgets: ledger)
    defer { fixture.lanes.shutDown() }
    #expect(await fixture.ask(milliseconds: 60_000).failure?.code == .budgetExhausted)
    let claim = try #require(ledger.claim.withLock { $0 })
    // Less what has passed of the minute meanwhile.
    #expect((600_000_000_001...660_000_000_000).contains(claim.expires - claim.now))
  }

  @Test func aLedgerThatCannotBeAskedLetsNothingPass() async throws {
    let fixture = ModelFixture(
      try policy([.run: BudgetLimit(tokens: 1000)]), input: 1, output: 1, budgets: BrokenLedger())
    defer { fixture.lanes.shutDown() }
    #expect(await fixture.ask().failure?.code == .internal)
  }
}

private struct BrokenLedger: BudgetLedger {
  private let failure = StorageFailure(.unavailable, "the disk is gone")

  func reserve(_ claim: BudgetClaim) async throws(StorageFailure) -> BudgetDecision { throw failure }
  func settle(_ reservation: BudgetReservation, as spent: Spending) async throws(StorageFailure) {
    throw failure
  }
  func balances(
    of subject: BudgetSubject
  ) async throws(StorageFailure) -> [BudgetScope: BudgetBalance] { throw failure }
  func close() async {}
}

/// Knows what was claimed of it, and gives nothing.
private final class ClaimedLedger: BudgetLedger {
  let claim = Lock<BudgetClaim?>(nil)

  func reserve(_ claim: BudgetClaim) async throws(StorageFailure) -> BudgetDecision {
    self.claim.withLock { $0 = claim }
    return .exhausted(.run)
  }
  func settle(_ reservation: BudgetReservation, as spent: Spending) async throws(StorageFailure) {}
  func balances(
    of subject: BudgetSubject
  ) async throws(StorageFailure) -> [BudgetScope: BudgetBalance] { [:] }
  func close() async {}
}
