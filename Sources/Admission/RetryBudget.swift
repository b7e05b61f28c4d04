package import ModelContracts

/// Lets so many repetitions pass for each hundred first attempts. A value.
package struct RetryBudget: Sendable, Equatable {
  /// In hundredths of a repetition.
  private var saved: Int?

  package init() {}

  package mutating func attempted(_ policy: RetryBudgetPolicy) {
    saved = min(policy.burst * 100, (saved ?? policy.burst * 100) + policy.percent)
  }

  /// - Returns: whether a call may be repeated; it is counted then.
  package mutating func take(_ policy: RetryBudgetPolicy) -> Bool {
    let left = min(policy.burst * 100, saved ?? policy.burst * 100) - 100
    guard left >= 0 else { return false }
    saved = left
    return true
  }
}
