/// How long a server that ended is left alone before it is started again: 0.5 s, doubled each time up to 60 s, and from
/// the start again once it has run for 30 s. A value without a clock.
struct RestartBackoff: Sendable {
  private static let first: Int64 = 500_000_000
  private static let longest: Int64 = 60_000_000_000
  private static let sustained: Int64 = 30_000_000_000

  private var next = RestartBackoff.first

  /// - Parameter uptime: nanoseconds for which the server was usable; 0 where it never was.
  /// - Returns: nanoseconds.
  mutating func delay(afterUptime uptime: Int64) -> Int64 {
    if uptime >= Self.sustained { next = Self.first }
    defer { next = min(next * 2, Self.longest) }
    return next
  }
}
