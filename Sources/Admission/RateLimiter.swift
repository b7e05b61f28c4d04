package import ToolContracts

/// The generic cell rate algorithm: calls are spaced `period / limit` apart, and `burst` of them may come early.
///
/// A value without a clock: in no window of any length does it admit more than `burst` plus what the window's length
/// allows. One number is its whole state: when the next call would be due if all came evenly spaced.
package struct RateLimiter: Sendable, Equatable {
  private let spacing: Int64
  private let tolerance: Int64
  private var nextDue: Int64?

  package init(_ rate: RateLimit) {
    // Rounded up: a limit of 3 in 1 ns admits at most 3.
    let limit = Int64(max(1, rate.limit))
    let period = max(1, rate.periodNanoseconds)
    spacing = period / limit + (period % limit == 0 ? 0 : 1)
    let product = spacing.multipliedReportingOverflow(by: Int64(max(1, rate.burst)) - 1)
    tolerance = product.overflow ? .max : product.partialValue
  }

  /// - Returns: nil where the call is admitted, and counted; else after how many nanoseconds it would be.
  package mutating func refuse(at now: MonotonicTime) -> Int64? {
    let due = max(nextDue ?? now.nanoseconds, now.nanoseconds)
    let early = due - now.nanoseconds
    // Calls come from several threads, so one may have looked at the clock before the one that was admitted last.
    guard early <= tolerance else { return min(early - tolerance, spacing) }
    let next = due.addingReportingOverflow(spacing)
    nextDue = next.overflow ? .max : next.partialValue
    return nil
  }
}
