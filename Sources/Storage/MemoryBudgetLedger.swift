import Locking
package import ModelContracts
import ToolContracts

/// The ledger of a process that keeps none: the reference for what `BudgetLedger` promises.
package final class MemoryBudgetLedger: BudgetLedger {
  private struct Account: Hashable {
    let tenant: TenantID
    let scope: BudgetScope
    let name: String
  }
  private struct State {
    var balances: [Account: BudgetBalance] = [:]
    var open: [Int64: (reservation: BudgetReservation, expires: Int64)] = [:]
    var lastNumber: Int64 = 0

    mutating func settle(_ reservation: BudgetReservation, as spent: Spending, isReserved: Bool) {
      for account in accounts(of: reservation.subject) {
        balances[account, default: .empty].settle(reservation.amount, as: spent, isReserved: isReserved)
      }
    }
  }
  private let state = Lock(State())

  package init() {}

  package func reserve(_ claim: BudgetClaim) async throws(StorageFailure) -> BudgetDecision {
    state.withLock { state in
      for (number, entry) in state.open where entry.expires <= claim.now {
        state.open[number] = nil
        state.settle(entry.reservation, as: entry.reservation.amount, isReserved: true)
      }
      let accounts = Self.accounts(of: claim.subject)
      for account in accounts {
        let balance = state.balances[account] ?? .empty
        guard let limit = claim.limits[account.scope],
          !limit.allows(balance.used + balance.reserved + claim.amount)
        else { continue }
        return .exhausted(account.scope)
      }
      for account in accounts { state.balances[account, default: .empty].reserve(claim.amount) }
      state.lastNumber += 1
      let reservation = BudgetReservation(
        number: state.lastNumber, subject: claim.subject, amount: claim.amount)
      state.open[reservation.number] = (reservation, claim.expires)
      return .reserved(reservation)
    }
  }

  package func settle(_ reservation: BudgetReservation, as spent: Spending) async throws(StorageFailure) {
    state.withLock { state in
      let isReserved = state.open.removeValue(forKey: reservation.number) != nil
      state.settle(reservation, as: spent, isReserved: isReserved)
    }
  }

  package func balances(
    of subject: BudgetSubject
  ) async throws(StorageFailure) -> [BudgetScope: BudgetBalance] {
    state.withLock { state in
      Dictionary(
        uniqueKeysWithValues: Self.accounts(of: subject).map { ($0.scope, state.balances[$0] ?? .empty) })
    }
  }

  package func close() async {}

  private static func accounts(of subject: BudgetSubject) -> [Account] {
    BudgetScope.allCases.compactMap { scope in
      subject.account(scope).map { Account(tenant: subject.tenant, scope: scope, name: $0) }
    }
  }
}
