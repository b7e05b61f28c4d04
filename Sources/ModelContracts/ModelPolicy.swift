/// When a model that keeps failing is left alone.
package struct BreakerPolicy: Sendable, Hashable {
  /// So many failures in a row; at least 1.
  package var failures: Int
  package var cooldownNanoseconds: Int64

  package init(failures: Int = 5, cooldownNanoseconds: Int64 = 30_000_000_000) {
    self.failures = failures
    self.cooldownNanoseconds = cooldownNanoseconds
  }
}

/// How much of a tenant's model calls may be repetitions, so that a provider in trouble does not get more of it.
package struct RetryBudgetPolicy: Sendable, Hashable {
  /// Of first attempts.
  package var percent: Int
  /// What may be saved up, and is there at first.
  package var burst: Int

  package init(percent: Int = 20, burst: Int = 10) {
    self.percent = percent
    self.burst = burst
  }
}

/// What holds for a tenant's model calls.
package struct ModelPolicy: Sendable {
  package static let none = ModelPolicy()

  package var prices: PriceList
  package var budgets: BudgetPolicy
  package var breaker: BreakerPolicy
  package var retryBudget: RetryBudgetPolicy
  package var answers: AnswerBounds

  package init(
    prices: PriceList = .none, budgets: BudgetPolicy = .none, breaker: BreakerPolicy = BreakerPolicy(),
    retryBudget: RetryBudgetPolicy = RetryBudgetPolicy(), answers: AnswerBounds = AnswerBounds()
  ) {
    self.prices = prices
    self.budgets = budgets
    self.breaker = breaker
    self.retryBudget = retryBudget
    self.answers = answers
  }
}
