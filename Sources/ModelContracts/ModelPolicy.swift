/// What holds for a tenant's model calls.
package struct ModelPolicy: Sendable {
  package static let none = ModelPolicy()

  package var prices: PriceList
  package var budgets: BudgetPolicy

  package init(prices: PriceList = .none, budgets: BudgetPolicy = .none) {
    self.prices = prices
    self.budgets = budgets
  }
}
