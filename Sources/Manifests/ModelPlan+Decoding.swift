import JSONCodec
import ModelContracts

extension ModelPlan {
  /// - Parameters:
  ///   - model: an agent's; passed its schema.
  ///   - settings: those of its own model, which hold for the others where they have none.
  init(_ model: ManifestCursor, settings: JSONValue) throws(ManifestError) {
    self.init(
      fallback: try model.list("fallback").map { target throws(ManifestError) in
        try ModelTarget(target, settings: settings)
      },
      routing: try model.list("routing").map { rule throws(ManifestError) in
        RoutingRule(
          try RequestCondition(rule.required("when")),
          target: try ModelTarget(rule.required("use"), settings: settings))
      },
      retries: try RetryPolicy(model.optional("retries")),
      deadlines: try ModelDeadlines(model.optional("deadlines")),
      hedgeNanoseconds: try model.optional("hedge_after")?.nanoseconds(),
      cacheNanoseconds: try model.optional("cache")?.required("ttl").nanoseconds())
  }
}

extension ModelTarget {
  fileprivate init(_ value: ManifestCursor, settings: JSONValue) throws(ManifestError) {
    self.init(
      provider: try value.required("provider").text(), name: try value.required("name").text(),
      settings: value.optional("settings")?.node.json ?? settings)
  }
}

extension RequestCondition {
  fileprivate init(_ value: ManifestCursor) throws(ManifestError) {
    let tokens = value.optional("tokens")
    let complexity = value.optional("complexity")
    self.init(
      minTokens: try tokens?.count("min").map(Int64.init),
      maxTokens: try tokens?.count("max").map(Int64.init),
      offersTools: try value.optional("tools")?.bool(), languages: try value.texts("language"),
      minComplexity: try complexity?.count("min"), maxComplexity: try complexity?.count("max"))
  }
}

extension RetryPolicy {
  /// - Parameter value: nil: nothing is made again.
  fileprivate init(_ value: ManifestCursor?) throws(ManifestError) {
    guard let value else {
      self = .none
      return
    }
    self.init()
    if let attempts = try value.count("attempts") { self.attempts = attempts }
    if let base = value.optional("base") { baseNanoseconds = try base.nanoseconds() }
    if let most = value.optional("max") { maxNanoseconds = try most.nanoseconds() }
    if let most = value.optional("max_retry_after") { maxRetryAfterNanoseconds = try most.nanoseconds() }
    restartsShownAnswers = try value.optional("restart_shown")?.bool() ?? false
  }
}

extension ModelDeadlines {
  fileprivate init(_ value: ManifestCursor?) throws(ManifestError) {
    self.init(
      firstPiece: try value?.optional("first_piece")?.nanoseconds(),
      idle: try value?.optional("idle")?.nanoseconds(), total: try value?.optional("total")?.nanoseconds())
  }
}

extension BreakerPolicy {
  /// - Parameter value: the key `circuit_breaker` of a tenant's `models`.
  init(_ value: ManifestCursor?) throws(ManifestError) {
    self.init()
    if let failures = try value?.count("failures") { self.failures = failures }
    if let cooldown = value?.optional("cooldown") { cooldownNanoseconds = try cooldown.nanoseconds() }
  }
}

extension AnswerBounds {
  /// - Parameter value: the key `cache` of a tenant's `models`.
  init(_ value: ManifestCursor?) throws(ManifestError) {
    self.init()
    if let entries = try value?.count("entries") { self.entries = entries }
    if let bytes = try value?.count("bytes") { self.bytes = bytes }
  }
}

extension RetryBudgetPolicy {
  /// - Parameter value: the key `retry_budget` of a tenant's `models`.
  init(_ value: ManifestCursor?) throws(ManifestError) {
    self.init()
    if let percent = try value?.count("percent") { self.percent = percent }
    if let burst = try value?.count("burst") { self.burst = burst }
  }
}
