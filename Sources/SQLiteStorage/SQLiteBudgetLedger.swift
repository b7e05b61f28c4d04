package import ModelContracts
package import Storage
import ToolContracts

/// Budgets in one SQLite file, which any number of hosts share; used by one thread of its own. What was answered survives a
/// power cut.
package final class SQLiteBudgetLedger: BudgetLedger {
  private let thread: TableThread<BudgetTables>

  /// Blocks while the file is opened and brought up to date.
  ///
  /// - Parameters:
  ///   - path: missing folders are made, for their owner alone.
  ///   - busyMilliseconds: how long a question waits for another host before it fails with `storage_locked`.
  package init(path: String, busyMilliseconds: Int32 = 2000) throws(StorageFailure) {
    try JournalFile.create(path)
    thread = try TableThread(
      named: "jf-budgets",
      open: { () throws(StorageFailure) in
        let connection = try SQLiteConnection.open(path, .readWrite, busyMilliseconds: busyMilliseconds)
        try BudgetFormat.format.prepare(connection, file: path)
        return try BudgetTables(connection, file: path)
      })
  }

  package func reserve(_ claim: BudgetClaim) async throws(StorageFailure) -> BudgetDecision {
    try await ask { tables throws(StorageFailure) in try tables.reserve(claim) }
  }

  package func settle(_ reservation: BudgetReservation, as spent: Spending) async throws(StorageFailure) {
    try await ask { tables throws(StorageFailure) in try tables.settle(reservation, as: spent) }
  }

  package func balances(
    of subject: BudgetSubject
  ) async throws(StorageFailure) -> [BudgetScope: BudgetBalance] {
    try await ask { tables throws(StorageFailure) in try tables.balances(of: subject) }
  }

  package func close() async { await thread.close() }

  private func ask<Answer: Sendable>(
    _ question: @escaping @Sendable (BudgetTables) throws(StorageFailure) -> Answer
  ) async throws(StorageFailure) -> Answer {
    try await thread.ask(orThrow: StorageFailure(.closed, "the ledger is closed"), question)
  }
}
