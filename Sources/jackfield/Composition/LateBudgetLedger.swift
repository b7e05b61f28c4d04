import Locking
import ModelContracts
import SQLiteStorage
import Storage
import ToolContracts

/// The ledger of a host, opened by the first call that a budget holds for: most hosts have none, and a reload may bring one.
final class LateBudgetLedger: BudgetLedger {
  private enum State {
    case unopened
    case open(any BudgetLedger)
    case closed
  }
  private let path: String
  private let state = Lock(State.unopened)

  init(path: String) { self.path = path }

  func reserve(_ claim: BudgetClaim) async throws(StorageFailure) -> BudgetDecision {
    try await opened().reserve(claim)
  }

  func settle(_ reservation: BudgetReservation, as spent: Spending) async throws(StorageFailure) {
    try await opened().settle(reservation, as: spent)
  }

  func balances(
    of subject: BudgetSubject
  ) async throws(StorageFailure) -> [BudgetScope: BudgetBalance] {
    try await opened().balances(of: subject)
  }

  func close() async {
    let ledger = state.withLock { state -> (any BudgetLedger)? in
      defer { state = .closed }
      if case .open(let ledger) = state { return ledger }
      return nil
    }
    await ledger?.close()
  }

  /// Blocks the first time, while the file is opened.
  private func opened() throws(StorageFailure) -> any BudgetLedger {
    try state.withLock { state throws(StorageFailure) in
      switch state {
      case .open(let ledger): return ledger
      case .closed: throw StorageFailure(.closed, "the ledger is closed")
      case .unopened:
        let ledger = try SQLiteBudgetLedger(path: path)
        state = .open(ledger)
        return ledger
      }
    }
  }
}
