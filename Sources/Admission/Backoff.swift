package import ModelContracts

/// How long to wait before an attempt: anything up to a bound that doubles each time, so that those who failed together do not
/// come back together.
package struct Backoff: Sendable {
  private let policy: RetryPolicy

  package init(_ policy: RetryPolicy) { self.policy = policy }

  /// The longest wait after so many failed attempts, from 1.
  package func bound(after failures: Int) -> Int64 {
    var bound = max(0, policy.baseNanoseconds)
    for _ in 1..<max(1, min(failures, 64)) {
      bound = bound > policy.maxNanoseconds / 2 ? policy.maxNanoseconds : bound * 2
    }
    return min(bound, policy.maxNanoseconds)
  }

  /// - Parameters:
  ///   - retryAfter: what the server asked for, in nanoseconds; nothing is sent before.
  ///   - random: any 64 bits.
  /// - Returns: nanoseconds; nil where the server asks for longer than it is waited for.
  package func wait(after failures: Int, retryAfter: Int64?, random: UInt64) -> Int64? {
    let bound = bound(after: failures)
    let jitter = bound == .max ? Int64(random >> 1) : Int64(random % UInt64(bound + 1))
    guard let retryAfter else { return jitter }
    guard retryAfter <= policy.maxRetryAfterNanoseconds else { return nil }
    // Beyond what was asked for, so that not all who were told so come at that very moment.
    let (sum, overflow) = max(0, retryAfter).addingReportingOverflow(jitter)
    return overflow ? nil : sum
  }
}
