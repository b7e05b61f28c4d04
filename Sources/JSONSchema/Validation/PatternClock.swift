import Glibc

/// Bounds what all patterns of one validation take together; a single match is bounded by its own limits.
struct PatternClock {
  private var deadline: Int64 = 0
  private var processorTime: Int64?
  private let milliseconds: Int64

  init(milliseconds: Int) { self.milliseconds = Int64(milliseconds) }

  /// Looks at a clock that ticks every few milliseconds and costs three nanoseconds. Only when that says the time is
  /// over is the thread's own time asked for: a thread that had to wait for a processor has not spent any, and a
  /// verdict must not depend on how busy the machine is.
  mutating func hasTimeLeft() -> Bool {
    let now = Self.read(CLOCK_MONOTONIC_COARSE)
    if deadline != 0 && now >= deadline {
      let spent = Self.read(CLOCK_THREAD_CPUTIME_ID)
      if let processorTime, spent - processorTime >= milliseconds { return false }
      processorTime = processorTime ?? spent
    } else if deadline != 0 {
      return true
    }
    // One tick more, because this reading may be a tick old.
    deadline = now + milliseconds + 4
    return true
  }

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
