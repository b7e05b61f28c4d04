import ModelContracts
import SQLiteStorage
import Storage
import ToolContracts

/// The ledger of a host, opened by the first call that a budget holds for.
final class LateBudgetLedger: BudgetLedger {
  private let ledger: LateStore<any BudgetLedger>

  init(path: String) {
    ledger = LateStore("the ledger is") { () throws(StorageFailure) in try SQLiteBudgetLedger(path: path) }
  }

  func reserve(_ claim: BudgetClaim) async throws(StorageFailure) -> BudgetDecision {
    try await ledger.opened().reserve(claim)
  }

  func settle(_ reservation: BudgetReservation, as spent: Spending) async throws(StorageFailure) {
    try await ledger.opened().settle(reservation, as: spent)
  }

  func balances(
    of subject: BudgetSubject
  ) async throws(StorageFailure) -> [BudgetScope: BudgetBalance] {
    try await ledger.opened().balances(of: subject)
  }

  func close() async { await ledger.end()?.close() }
}
