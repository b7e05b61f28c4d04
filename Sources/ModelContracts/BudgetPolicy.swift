/// What a budget is for.
package enum BudgetScope: String, Sendable, Hashable, CaseIterable {
  case run
  case conversation
  /// All of the tenant's runs of one day, in UTC.
  case day
  /// All of the tenant's runs, ever.
  case tenant
}

/// How much may be used; nil: as much as it takes.
package struct BudgetLimit: Sendable, Hashable {
  package var tokens: Int64?
  package var cost: Money?

  package init(tokens: Int64? = nil, cost: Money? = nil) {
    self.tokens = tokens
    self.cost = cost
  }

  package func allows(_ spending: Spending) -> Bool {
    if let tokens, spending.tokens > tokens { return false }
    if let cost, spending.cost > cost { return false }
    return true
  }
}

/// A tenant's budgets of model calls.
package struct BudgetPolicy: Sendable, Hashable {
  package static let none = BudgetPolicy()

  package var limits: [BudgetScope: BudgetLimit]
  /// What is put aside for an answer of which nothing says how long it may be, in tokens.
  package var reservedOutput: Int64

  package init(limits: [BudgetScope: BudgetLimit] = [:], reservedOutput: Int64 = 1024) {
    self.limits = limits
    self.reservedOutput = reservedOutput
  }

  package var isEmpty: Bool { limits.isEmpty }
  /// Whether what a call costs has to be known.
  package var isOfMoney: Bool { limits.values.contains { $0.cost != nil } }
}
