import CSQLite
import ModelContracts
import Storage
import ToolContracts

/// The statements of the ledger of budgets, on the one thread that uses them.
final class BudgetTables {
  private let connection: SQLiteConnection
  private let file: String
  private let find, put, open, end, overdue: SQLiteStatement

  init(_ connection: SQLiteConnection, file: String) throws(StorageFailure) {
    self.connection = connection
    self.file = file
    do throws(SQLiteError) {
      find = try SQLiteStatement(
        """
        SELECT used_tokens, used_cost, reserved_tokens, reserved_cost FROM accounts
          WHERE tenant = ? AND scope = ? AND name = ?
        """, on: connection)
      put = try SQLiteStatement(
        """
        INSERT OR REPLACE INTO accounts
          (tenant, scope, name, used_tokens, used_cost, reserved_tokens, reserved_cost) VALUES (?, ?, ?, ?, ?, ?, ?)
        """, on: connection)
      open = try SQLiteStatement(
        """
        INSERT INTO reservations (tenant, run, conversation, day, tokens, cost, expires)
          VALUES (?, ?, ?, ?, ?, ?, ?)
        """, on: connection)
      end = try SQLiteStatement("DELETE FROM reservations WHERE number = ?", on: connection)
      overdue = try SQLiteStatement(
        """
        SELECT number, tenant, run, conversation, day, tokens, cost FROM reservations WHERE expires <= ?
        """, on: connection)
    } catch { throw StorageFailure(error, file: file, holding: BudgetFormat.contents) }
  }

  func reserve(_ claim: BudgetClaim) throws(StorageFailure) -> BudgetDecision {
    try changing { () throws(SQLiteError) in
      for reservation in try reservations(overdueAt: claim.now) {
        try settle(reservation, as: reservation.amount, isReserved: try remove(reservation))
      }
      for scope in BudgetScope.allCases {
        guard let limit = claim.limits[scope], let balance = try balance(scope, of: claim.subject) else {
          continue
        }
        guard limit.allows(balance.used + balance.reserved + claim.amount) else { return .exhausted(scope) }
      }
      try change(claim.subject) { $0.reserve(claim.amount) }
      open.bind(1, claim.subject.tenant.description)
      open.bind(2, claim.subject.run.description)
      if let conversation = claim.subject.conversation { open.bind(3, conversation) }
      open.bind(4, claim.subject.day.days)
      open.bind(5, claim.amount.tokens)
      open.bind(6, claim.amount.cost.trillionths)
      open.bind(7, claim.expires)
      try open.run()
      return .reserved(
        BudgetReservation(
          number: connection.lastInsertedRow, subject: claim.subject, amount: claim.amount))
    }
  }

  func settle(_ reservation: BudgetReservation, as spent: Spending) throws(StorageFailure) {
    try changing { () throws(SQLiteError) in
      try settle(reservation, as: spent, isReserved: try remove(reservation))
    }
  }

  func balances(of subject: BudgetSubject) throws(StorageFailure) -> [BudgetScope: BudgetBalance] {
    do throws(SQLiteError) {
      var balances: [BudgetScope: BudgetBalance] = [:]
      for scope in BudgetScope.allCases { balances[scope] = try balance(scope, of: subject) }
      return balances
    } catch { throw failure(error) }
  }

  // MARK: Rows

  /// Nil where the subject has no such account; an account that was never used is empty.
  private func balance(
    _ scope: BudgetScope, of subject: BudgetSubject
  ) throws(SQLiteError) -> BudgetBalance? {
    guard let name = subject.account(scope) else { return nil }
    defer { find.reset() }
    bind(find, subject.tenant, scope, name)
    guard try find.step() else { return .empty }
    return BudgetBalance(
      used: Spending(tokens: find.integer(0), cost: Money(trillionths: find.integer(1))),
      reserved: Spending(tokens: find.integer(2), cost: Money(trillionths: find.integer(3))))
  }

  private func change(
    _ subject: BudgetSubject, _ body: (inout BudgetBalance) -> Void
  ) throws(SQLiteError) {
    for scope in BudgetScope.allCases {
      guard let name = subject.account(scope), var balance = try balance(scope, of: subject) else { continue }
      body(&balance)
      bind(put, subject.tenant, scope, name)
      put.bind(4, balance.used.tokens)
      put.bind(5, balance.used.cost.trillionths)
      put.bind(6, balance.reserved.tokens)
      put.bind(7, balance.reserved.cost.trillionths)
      try put.run()
    }
  }

  private func settle(
    _ reservation: BudgetReservation, as spent: Spending, isReserved: Bool
  ) throws(SQLiteError) {
    try change(reservation.subject) { $0.settle(reservation.amount, as: spent, isReserved: isReserved) }
  }

  /// - Returns: whether it was there.
  private func remove(_ reservation: BudgetReservation) throws(SQLiteError) -> Bool {
    end.bind(1, reservation.number)
    try end.run()
    return connection.changedRows > 0
  }

  private func reservations(overdueAt now: Int64) throws(SQLiteError) -> [BudgetReservation] {
    defer { overdue.reset() }
    overdue.bind(1, now)
    var found: [BudgetReservation] = []
    while try overdue.step() {
      guard let tenant = TenantID(overdue.text(1)), let run = RunID(overdue.text(2)) else { continue }
      let subject = BudgetSubject(
        tenant: tenant, run: run, conversation: overdue.isNull(3) ? nil : overdue.text(3),
        day: CivilDay(days: overdue.integer(4)))
      found.append(
        BudgetReservation(
          number: overdue.integer(0), subject: subject,
          amount: Spending(
            tokens: overdue.integer(5), cost: Money(trillionths: overdue.integer(6)))))
    }
    return found
  }

  // MARK: Statements

  private func bind(_ statement: SQLiteStatement, _ tenant: TenantID, _ scope: BudgetScope, _ name: String) {
    statement.bind(1, tenant.description)
    statement.bind(2, scope.rawValue)
    statement.bind(3, name)
  }

  private func changing<Answer>(
    _ body: () throws(SQLiteError) -> Answer
  ) throws(StorageFailure) -> Answer {
    do { return try connection.transaction(body) } catch { throw failure(error) }
  }

  private func failure(_ error: SQLiteError) -> StorageFailure {
    StorageFailure(error, file: file, holding: BudgetFormat.contents)
  }
}
