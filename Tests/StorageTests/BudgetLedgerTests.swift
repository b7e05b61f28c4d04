import ModelContracts
import SQLiteStorage
import Storage
import TestSupport
import Testing
import ToolContracts

/// What every ledger of budgets promises, in memory and in a file.
struct BudgetLedgerTests {
  private static let kinds = ["memory", "sqlite"]
  private let folder = TemporaryFolder()

  private func open(_ kind: String) throws -> any BudgetLedger {
    kind == "memory" ? MemoryBudgetLedger() : try SQLiteBudgetLedger(path: "\(folder.path)/budgets.sqlite")
  }

  private func subject(
    tenant: TenantID = acme, run number: Int64 = 1, conversation: String? = nil, day: Int64 = 1
  ) -> BudgetSubject {
    BudgetSubject(tenant: tenant, run: run(number), conversation: conversation, day: CivilDay(days: day))
  }

  private func claim(
    _ subject: BudgetSubject, tokens: Int64, cost: Int64 = 0, _ limits: [BudgetScope: BudgetLimit],
    now: Int64 = 0, expires: Int64 = 1000
  ) -> BudgetClaim {
    BudgetClaim(
      subject: subject, limits: limits,
      amount: Spending(tokens: tokens, cost: Money(trillionths: cost)), now: now, expires: expires)
  }

  private func reserve(_ claim: BudgetClaim, in ledger: any BudgetLedger) async throws -> BudgetReservation {
    guard case .reserved(let reservation) = try await ledger.reserve(claim) else { throw Exhausted() }
    return reservation
  }
  private struct Exhausted: Error {}

  @Test(arguments: kinds) func whatIsPutAsideIsNotThereForOthers(kind: String) async throws {
    let ledger = try open(kind)
    let limits: [BudgetScope: BudgetLimit] = [.tenant: BudgetLimit(tokens: 100)]
    let first = try await reserve(claim(subject(run: 1), tokens: 60, limits), in: ledger)
    #expect(try await ledger.reserve(claim(subject(run: 2), tokens: 41, limits)) == .exhausted(.tenant))
    _ = try await reserve(claim(subject(run: 2), tokens: 40, limits), in: ledger)
    try await ledger.settle(first, as: Spending(tokens: 10))
    #expect(
      try await ledger.balances(of: subject())[.tenant]
        == BudgetBalance(used: Spending(tokens: 10), reserved: Spending(tokens: 40)))
    _ = try await reserve(claim(subject(run: 3), tokens: 50, limits), in: ledger)
    await ledger.close()
  }

  @Test(arguments: kinds) func eachBudgetHoldsForItsOwn(kind: String) async throws {
    let ledger = try open(kind)
    let here = subject(run: 1, conversation: "c1", day: 1)
    let limit = BudgetLimit(tokens: 10)
    _ = try await reserve(claim(here, tokens: 10, [.run: limit]), in: ledger)
    func decision(_ subject: BudgetSubject, _ scope: BudgetScope) async throws -> BudgetDecision {
      try await ledger.reserve(claim(subject, tokens: 1, [scope: limit]))
    }
    #expect(try await decision(here, .run) == .exhausted(.run))
    #expect(
      try await decision(subject(run: 2, conversation: "c1"), .conversation) == .exhausted(.conversation))
    #expect(try await decision(subject(run: 2, day: 1), .day) == .exhausted(.day))
    #expect(try await decision(subject(run: 2, day: 9), .tenant) == .exhausted(.tenant))
    for (other, scope) in [
      (subject(run: 2), .run), (subject(run: 3, conversation: "c2"), .conversation),
      (subject(run: 4), .conversation), (subject(run: 5, day: 2), .day), (subject(tenant: globex), .tenant),
    ] as [(BudgetSubject, BudgetScope)] {
      guard case .reserved = try await decision(other, scope) else {
        Issue.record("\(scope) holds for \(other)")
        continue
      }
    }
    await ledger.close()
  }

  @Test(arguments: kinds) func moneyIsHeldToItsOwnLimit(kind: String) async throws {
    let ledger = try open(kind)
    let limits: [BudgetScope: BudgetLimit] = [.day: BudgetLimit(cost: Money(trillionths: 100))]
    let first = try await reserve(claim(subject(), tokens: 1_000_000, cost: 100, limits), in: ledger)
    #expect(try await ledger.reserve(claim(subject(), tokens: 1, cost: 1, limits)) == .exhausted(.day))
    try await ledger.settle(first, as: .none)
    _ = try await reserve(claim(subject(), tokens: 1, cost: 1, limits), in: ledger)
    await ledger.close()
  }

  @Test(arguments: kinds) func whatADeadHostPutAsideCountsAsUsed(kind: String) async throws {
    let ledger = try open(kind)
    let limits: [BudgetScope: BudgetLimit] = [.tenant: BudgetLimit(tokens: 100)]
    let lost = try await reserve(claim(subject(), tokens: 60, limits, now: 0, expires: 10), in: ledger)
    let later = try await reserve(claim(subject(), tokens: 1, limits, now: 10, expires: 20), in: ledger)
    #expect(
      try await ledger.balances(of: subject())[.tenant]
        == BudgetBalance(used: Spending(tokens: 60), reserved: Spending(tokens: 1)))
    // It was only slow.
    try await ledger.settle(lost, as: Spending(tokens: 5))
    try await ledger.settle(later, as: .none)
    #expect(
      try await ledger.balances(of: subject())[.tenant] == BudgetBalance(used: Spending(tokens: 5)))
    await ledger.close()
  }

  @Test(arguments: kinds) func noTwoCallsShareWhatIsLeftForOne(kind: String) async throws {
    let ledger = try open(kind)
    let limits: [BudgetScope: BudgetLimit] = [.tenant: BudgetLimit(tokens: 100)]
    let admitted = try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<64 {
        group.addTask { [self] in
          let decision = try await ledger.reserve(claim(subject(run: Int64(number)), tokens: 10, limits))
          if case .reserved = decision { return true } else { return false }
        }
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(admitted == 10)
    await ledger.close()
  }

  @Test func hostsOnOneFileShareABudget() async throws {
    let ledgers = [try open("sqlite"), try open("sqlite"), try open("sqlite")]
    let limits: [BudgetScope: BudgetLimit] = [.day: BudgetLimit(tokens: 90)]
    var admitted = 0
    for number in 0..<12 {
      let decision = try await ledgers[number % 3].reserve(
        claim(subject(run: Int64(number)), tokens: 10, limits))
      if case .reserved(let reservation) = decision {
        admitted += 1
        try await ledgers[(number + 1) % 3].settle(reservation, as: Spending(tokens: 10))
      }
    }
    #expect(admitted == 9)
    for ledger in ledgers { await ledger.close() }
    let again = try open("sqlite")
    #expect(try await again.balances(of: subject())[.day]?.used.tokens == 90)
    await again.close()
  }

  @Test(arguments: kinds) func sumsThatAreTooMuchStayTooMuch(kind: String) async throws {
    let ledger = try open(kind)
    let first = try await reserve(claim(subject(), tokens: .max, cost: .max, [:]), in: ledger)
    _ = try await reserve(claim(subject(), tokens: .max, cost: .max, [:]), in: ledger)
    try await ledger.settle(first, as: first.amount)
    let limit = BudgetLimit(tokens: .max - 1)
    #expect(try await ledger.reserve(claim(subject(), tokens: 1, [.tenant: limit])) == .exhausted(.tenant))
    await ledger.close()
  }
}
