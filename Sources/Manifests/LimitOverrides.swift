package import ToolContracts

/// What an operator says of limits; nil: nothing.
package struct LimitOverrides: Sendable, Equatable {
  package var timeoutNanoseconds: Int64?
  package var maxResultBytes: Int?
  package var rate: RateLimit?
  package var concurrency: Int?
  package var graceNanoseconds: Int64?

  package init(
    timeoutNanoseconds: Int64? = nil, maxResultBytes: Int? = nil, rate: RateLimit? = nil,
    concurrency: Int? = nil, graceNanoseconds: Int64? = nil
  ) {
    self.timeoutNanoseconds = timeoutNanoseconds
    self.maxResultBytes = maxResultBytes
    self.rate = rate
    self.concurrency = concurrency
    self.graceNanoseconds = graceNanoseconds
  }

  /// What is said here goes before what `defaults` say, value by value.
  package func over(_ defaults: LimitOverrides) -> LimitOverrides {
    LimitOverrides(
      timeoutNanoseconds: timeoutNanoseconds ?? defaults.timeoutNanoseconds,
      maxResultBytes: maxResultBytes ?? defaults.maxResultBytes, rate: rate ?? defaults.rate,
      concurrency: concurrency ?? defaults.concurrency,
      graceNanoseconds: graceNanoseconds ?? defaults.graceNanoseconds)
  }

  /// The limits that hold: the operator's word, else the plugin's hint, else the built-in default.
  package func policy(hints: LimitHints) -> LimitPolicy {
    let fallback = LimitPolicy()
    let hintedTimeout = hints.timeoutMilliseconds.map {
      max(1, $0).multipliedReportingOverflow(by: 1_000_000)
    }
    let hintedRate = hints.ratePerMinute.map { limit in
      RateLimit(limit: max(1, limit), periodNanoseconds: 60_000_000_000, burst: max(1, limit))
    }
    return LimitPolicy(
      timeoutNanoseconds: timeoutNanoseconds ?? hintedTimeout.map { $0.overflow ? .max : $0.partialValue }
        ?? fallback.timeoutNanoseconds,
      maxResultBytes: maxResultBytes ?? hints.maxResultBytes.map { max(1, $0) } ?? fallback.maxResultBytes,
      rate: rate ?? hintedRate, concurrency: concurrency ?? hints.concurrency.map { max(1, $0) },
      graceNanoseconds: graceNanoseconds)
  }
}
