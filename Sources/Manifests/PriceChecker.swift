package import ModelContracts

/// Finds the models of a flow of which nobody has said what they cost.
package struct PriceChecker {
  private let flow: FlowManifest
  private let tenant: TenantManifest
  private let prices: PriceList

  package init(_ flow: FlowManifest, for tenant: TenantManifest, prices: PriceList) {
    self.flow = flow
    self.tenant = tenant
    self.prices = prices
  }

  /// - Parameter day: whose prices hold.
  /// - Returns: `unpriced_model` where a sum of money holds, which would refuse the model or end the run; else `unknown_price`,
  ///   which is a warning, and only where there are prices at all.
  package func findings(on day: CivilDay) -> [ManifestError] {
    var found: [ManifestError] = []
    for agent in flow.agents {
      for (model, location) in agent.model.targets
      where prices.rates(of: model.name, provider: model.provider, on: day) == nil {
        let subject = "what the model '\(model.name)' of '\(model.provider)' costs is not known"
        if let limit = limitOfMoney {
          found.append(ManifestError(.unpricedModel, at: location, "\(subject), and \(limit)"))
        } else if !prices.isEmpty {
          found.append(ManifestError(.unknownPrice, at: location, "\(subject): no sum will have it"))
        }
      }
    }
    return found
  }

  private var limitOfMoney: String? {
    if tenant.budgets.isOfMoney { return "the tenant's budgets in money let no such model pass" }
    if flow.limits.maxCost != nil { return "the flow's max_cost ends a run after its first answer" }
    return nil
  }
}

extension ModelReference {
  /// All models that are named, each with its place.
  fileprivate var targets: [(ModelTarget, SourceLocation)] {
    let own = ModelTarget(provider: provider, name: name, settings: settings)
    return Array(zip([own] + plan.fallback + plan.routing.map(\.target), providers.map(\.location)))
  }
}
