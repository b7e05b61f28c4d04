/// What model calls used, as budgets count it.
package struct Spending: Sendable, Hashable {
  package static let none = Spending()

  package var tokens: Int64
  package var cost: Money

  package init(tokens: Int64 = 0, cost: Money = .zero) {
    self.tokens = tokens
    self.cost = cost
  }

  package static func + (left: Spending, right: Spending) -> Spending {
    let (tokens, overflow) = left.tokens.addingReportingOverflow(right.tokens)
    return Spending(tokens: overflow ? .max : tokens, cost: left.cost + right.cost)
  }
}

/// One model call that was answered, as the journal tells of it. Immutable, and handed on by reference with its outcome.
package final class ModelCharge: Sendable, Equatable {
  /// The provider's own name of it.
  package let model: String
  package let usage: TokenUsage
  /// Nil: nobody has said what the model costs.
  package let cost: Money?
  package let currency: String
  /// Nil for an answer that its model gave now.
  package let saving: Saving?

  /// Of an answer that was kept: what it would have cost.
  package struct Saving: Sendable, Hashable {
    /// Nil: nobody has said what the model costs.
    package var cost: Money?

    package init(cost: Money?) { self.cost = cost }
  }

  package init(model: String, usage: TokenUsage, cost: Money?, currency: String, saving: Saving? = nil) {
    self.model = model
    self.usage = usage
    self.cost = cost
    self.currency = currency
    self.saving = saving
  }

  package static func == (left: ModelCharge, right: ModelCharge) -> Bool {
    left.model == right.model && left.usage == right.usage && left.cost == right.cost
      && left.currency == right.currency && left.saving == right.saving
  }
}
