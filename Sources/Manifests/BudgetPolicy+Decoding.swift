import ModelContracts

extension BudgetPolicy {
  /// - Parameter value: the key `budgets` of a tenant; passed its schema.
  init(_ value: ManifestCursor?) throws(ManifestError) {
    self.init()
    guard let value else { return }
    for scope in BudgetScope.allCases {
      guard let limit = value.optional(scope.rawValue) else { continue }
      limits[scope] = BudgetLimit(
        tokens: try limit.count("tokens").map(Int64.init),
        cost: try limit.optional("cost").map { cost throws(ManifestError) in try cost.money(digits: 12) })
    }
    if let reserved = try value.count("reserved_output") { reservedOutput = Int64(reserved) }
  }
}
