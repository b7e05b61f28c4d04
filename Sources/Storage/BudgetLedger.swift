package import ModelContracts
package import ToolContracts

/// Whose budgets a model call is held to.
package struct BudgetSubject: Sendable, Hashable {
  package var tenant: TenantID
  package var run: RunID
  /// Nil for a run that is part of none.
  package var conversation: String?
  package var day: CivilDay

  package init(tenant: TenantID, run: RunID, conversation: String? = nil, day: CivilDay) {
    self.tenant = tenant
    self.run = run
    self.conversation = conversation
    self.day = day
  }

  /// What the account of a budget is called; nil where there is none.
  package func account(_ scope: BudgetScope) -> String? {
    switch scope {
    case .run: run.description
    case .conversation: conversation
    case .day: day.description
    case .tenant: ""
    }
  }
}

/// What is asked for before a call.
package struct BudgetClaim: Sendable {
  package var subject: BudgetSubject
  package var limits: [BudgetScope: BudgetLimit]
  /// What the call may use at most, as far as that can be told.
  package var amount: Spending
  /// Nanoseconds since 1970.
  package var now: Int64
  /// When whoever made the call must have settled it; a host that does not has died, and the whole amount counts as used.
  package var expires: Int64

  package init(
    subject: BudgetSubject, limits: [BudgetScope: BudgetLimit], amount: Spending, now: Int64, expires: Int64
  ) {
    self.subject = subject
    self.limits = limits
    self.amount = amount
    self.now = now
    self.expires = expires
  }
}

/// An amount that is put aside for a call.
package struct BudgetReservation: Sendable, Hashable {
  package var number: Int64
  package var subject: BudgetSubject
  package var amount: Spending

  package init(number: Int64, subject: BudgetSubject, amount: Spending) {
    self.number = number
    self.subject = subject
    self.amount = amount
  }
}

package enum BudgetDecision: Sendable, Hashable {
  /// To be settled.
  case reserved(BudgetReservation)
  /// This budget does not have that much left; nothing was put aside.
  case exhausted(BudgetScope)
}

/// What one account holds.
package struct BudgetBalance: Sendable, Hashable {
  package static let empty = BudgetBalance()

  package var used: Spending
  package var reserved: Spending

  package init(used: Spending = .none, reserved: Spending = .none) {
    self.used = used
    self.reserved = reserved
  }

  package mutating func reserve(_ amount: Spending) { reserved = reserved + amount }

  /// - Parameter isReserved: false where the amount was counted as used already, since nobody had settled it in time.
  package mutating func settle(_ amount: Spending, as spent: Spending, isReserved: Bool) {
    if isReserved {
      reserved = reserved.without(amount)
      used = used + spent
    } else {
      used = used.without(amount) + spent
    }
  }
}

/// What tenants' model calls have used of their budgets. Any number of tasks, and of hosts on one file, ask; each question is
/// answered whole, so that two calls never share what is left for one.
package protocol BudgetLedger: Sendable {
  func reserve(_ claim: BudgetClaim) async throws(StorageFailure) -> BudgetDecision

  /// Once for each reservation. One that has expired is put right.
  func settle(_ reservation: BudgetReservation, as spent: Spending) async throws(StorageFailure)

  /// What is known of the subject's accounts.
  func balances(of subject: BudgetSubject) async throws(StorageFailure) -> [BudgetScope: BudgetBalance]

  func close() async
}

extension Spending {
  /// Not less than nothing.
  fileprivate func without(_ other: Spending) -> Spending {
    Spending(
      tokens: max(0, tokens - other.tokens),
      cost: Money(trillionths: cost.trillionths - other.cost.trillionths))
  }
}
