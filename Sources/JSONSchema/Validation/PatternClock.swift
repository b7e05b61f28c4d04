import Glibc

/// Bounds what all patterns of one validation take together; a single match is bounded by its own limits.
struct PatternClock {
  private var deadline: Int64 = 0
  private let milliseconds: Int

  init(milliseconds: Int) { self.milliseconds = milliseconds }

  /// The clock that is read ticks every few milliseconds and costs three nanoseconds.
  mutating func hasTimeLeft() -> Bool {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now)
    let instant = Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    if deadline == 0 {
      // One tick more, because the first reading may be a tick old.
      deadline = instant + Int64(milliseconds) + 4
      return true
    }
    return instant < deadline
  }
}
