import Locking
package import ModelContracts
package import Storage
import ToolContracts

/// Budgets in one SQLite file, which any number of hosts share; used by one thread of its own. What was answered survives a
/// power cut.
package final class SQLiteBudgetLedger: BudgetLedger {
  private typealias Question = @Sendable (BudgetTables) -> Void
  private struct Inbox {
    var questions: [Question] = []
    var isClosed = false
  }
  private let inbox: Condition<Inbox>
  private let thread: WorkerThread

  /// Blocks while the file is opened and brought up to date.
  ///
  /// - Parameters:
  ///   - path: missing folders are made, for their owner alone.
  ///   - busyMilliseconds: how long a question waits for another host before it fails with `storage_locked`.
  package init(path: String, busyMilliseconds: Int32 = 2000) throws(StorageFailure) {
    try JournalFile.create(path)
    let inbox = Condition(Inbox())
    self.inbox = inbox
    thread = try WorkerThread(
      named: "jf-budgets",
      open: { () throws(StorageFailure) in
        let connection = try SQLiteConnection.open(path, .readWrite, busyMilliseconds: busyMilliseconds)
        try BudgetFormat.format.prepare(connection, file: path)
        return try BudgetTables(connection, file: path)
      }, use: { tables in Self.answer(inbox, from: tables) })
  }

  deinit { Self.close(inbox) }

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

  package func close() async {
    Self.close(inbox)
    await thread.join()
  }

  private func ask<Answer: Sendable>(
    _ question: @escaping @Sendable (BudgetTables) throws(StorageFailure) -> Answer
  ) async throws(StorageFailure) -> Answer {
    let answer: Result<Answer, StorageFailure> = await withCheckedContinuation { continuation in
      let isTaken = inbox.withLock { inbox in
        guard !inbox.isClosed else { return false }
        inbox.questions.append { tables in
          do throws(StorageFailure) { continuation.resume(returning: .success(try question(tables))) } catch {
            continuation.resume(returning: .failure(error))
          }
        }
        return true
      }
      guard !isTaken else { return inbox.signal() }
      continuation.resume(returning: .failure(StorageFailure(.closed, "the ledger is closed")))
    }
    return try answer.get()
  }

  /// The thread's whole life: ends once the ledger is closed and everything is answered.
  private static func answer(_ inbox: Condition<Inbox>, from tables: BudgetTables) {
    while true {
      let questions = inbox.wait { inbox -> [Question]? in
        guard !inbox.questions.isEmpty else { return inbox.isClosed ? [] : nil }
        defer { inbox.questions = [] }
        return inbox.questions
      }
      if questions.isEmpty { return }
      for question in questions { question(tables) }
    }
  }

  private static func close(_ inbox: Condition<Inbox>) {
    inbox.withLock { $0.isClosed = true }
    inbox.broadcast()
  }
}
