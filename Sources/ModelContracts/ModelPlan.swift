package import JSONCodec

/// A model of a provider, and the settings that it is asked with.
package struct ModelTarget: Sendable, Equatable {
  /// A plugin's id.
  package var provider: String
  /// The provider's own name of the model.
  package var name: String
  /// An object, passed on to the provider.
  package var settings: JSONValue

  package init(provider: String, name: String, settings: JSONValue = [:]) {
    self.provider = provider
    self.name = name
    self.settings = settings
  }
}

/// When a failed model call is made again, and after how long.
package struct RetryPolicy: Sendable, Hashable {
  package static let none = RetryPolicy(attempts: 1)

  /// Of one model, the first included; at least 1.
  package var attempts: Int
  /// The longest wait before the second attempt, doubled for each further one.
  package var baseNanoseconds: Int64
  package var maxNanoseconds: Int64
  /// A server that wants to be left alone for longer is not waited for.
  package var maxRetryAfterNanoseconds: Int64
  /// Also where somebody has seen a part of the answer.
  package var restartsShownAnswers: Bool

  package init(
    attempts: Int = 3, baseNanoseconds: Int64 = 500_000_000, maxNanoseconds: Int64 = 8_000_000_000,
    maxRetryAfterNanoseconds: Int64 = 30_000_000_000, restartsShownAnswers: Bool = false
  ) {
    self.attempts = attempts
    self.baseNanoseconds = baseNanoseconds
    self.maxNanoseconds = maxNanoseconds
    self.maxRetryAfterNanoseconds = maxRetryAfterNanoseconds
    self.restartsShownAnswers = restartsShownAnswers
  }
}

/// How long one attempt may take, in nanoseconds; nil: as long as the call.
package struct ModelDeadlines: Sendable, Hashable {
  /// Until anything comes.
  package var firstPiece: Int64?
  /// From one piece to the next.
  package var idle: Int64?
  package var total: Int64?

  package init(firstPiece: Int64? = nil, idle: Int64? = nil, total: Int64? = nil) {
    self.firstPiece = firstPiece
    self.idle = idle
    self.total = total
  }
}

/// Another model for requests of some kind.
package struct RoutingRule: Sendable, Equatable {
  package var condition: RequestCondition
  package var target: ModelTarget

  package init(_ condition: RequestCondition, target: ModelTarget) {
    self.condition = condition
    self.target = target
  }
}

/// Which models an agent's requests go to, beside its own, and how.
package struct ModelPlan: Sendable, Equatable {
  package static let none = ModelPlan(retries: .none)

  /// In the order in which they are tried.
  package var fallback: [ModelTarget]
  /// The first that is true of a request decides.
  package var routing: [RoutingRule]
  package var retries: RetryPolicy
  package var deadlines: ModelDeadlines
  /// How long nothing may come before a second request is sent, and the faster one is taken; nil: never.
  package var hedgeNanoseconds: Int64?
  /// How long an answer is given again to the same request; nil: never.
  package var cacheNanoseconds: Int64?

  package init(
    fallback: [ModelTarget] = [], routing: [RoutingRule] = [], retries: RetryPolicy = RetryPolicy(),
    deadlines: ModelDeadlines = ModelDeadlines(), hedgeNanoseconds: Int64? = nil,
    cacheNanoseconds: Int64? = nil
  ) {
    self.fallback = fallback
    self.routing = routing
    self.retries = retries
    self.deadlines = deadlines
    self.hedgeNanoseconds = hedgeNanoseconds
    self.cacheNanoseconds = cacheNanoseconds
  }
}
