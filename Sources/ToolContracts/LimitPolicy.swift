/// How often: `limit` calls per `period`, of which `burst` may come at once.
package struct RateLimit: Sendable, Hashable {
  /// At least 1.
  package var limit: Int
  /// At least 1 ms.
  package var periodNanoseconds: Int64
  /// At least 1.
  package var burst: Int

  package init(limit: Int, periodNanoseconds: Int64, burst: Int) {
    self.limit = limit
    self.periodNanoseconds = periodNanoseconds
    self.burst = burst
  }
}

/// What a tenant's calls of one function may use.
package struct LimitPolicy: Sendable, Hashable {
  package var timeoutNanoseconds: Int64
  package var maxResultBytes: Int
  /// Nil: not limited.
  package var rate: RateLimit?
  /// How many calls may run at once; nil: not limited.
  package var concurrency: Int?
  /// How many more may wait for their turn, as long as their deadlines allow.
  package var maxWaiting: Int
  /// What a call has to end by itself in, once nobody waits for it any more; nil: as its plugin has.
  package var graceNanoseconds: Int64?

  package init(
    timeoutNanoseconds: Int64 = 30_000_000_000, maxResultBytes: Int = 1 << 20, rate: RateLimit? = nil,
    concurrency: Int? = nil, maxWaiting: Int = 64, graceNanoseconds: Int64? = nil
  ) {
    self.timeoutNanoseconds = timeoutNanoseconds
    self.maxResultBytes = maxResultBytes
    self.rate = rate
    self.concurrency = concurrency
    self.maxWaiting = maxWaiting
    self.graceNanoseconds = graceNanoseconds
  }
}
