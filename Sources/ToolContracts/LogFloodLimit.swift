/// How many log lines one instance may write: 200 at once, 50 a second in the long run.
struct LogFloodLimit {
  private static let burst: Int64 = 200
  private static let interval: Int64 = 1_000_000_000 / 50

  /// When all of the burst is to be had again.
  private var full = MonotonicTime(nanoseconds: .min)
  private var dropped = 0

  /// - Returns: how many lines were dropped since the last one that passed; nil where this one is dropped too.
  mutating func admit(at now: MonotonicTime) -> Int? {
    let next = max(full, now).advanced(by: Self.interval)
    guard now.nanoseconds(until: next) <= Self.burst * Self.interval else {
      dropped += 1
      return nil
    }
    full = next
    return takeDropped()
  }

  mutating func takeDropped() -> Int {
    defer { dropped = 0 }
    return dropped
  }
}
