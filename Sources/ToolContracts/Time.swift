import Glibc

/// A moment on a clock that never jumps; nanoseconds since some start, comparable within one process only.
package struct MonotonicTime: Hashable, Sendable, Comparable {
  package let nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  package static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// Saturates: a moment past the end of time is the end of time.
  package func advanced(by nanoseconds: Int64) -> MonotonicTime {
    let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
    return MonotonicTime(nanoseconds: overflow ? (nanoseconds > 0 ? .max : .min) : sum)
  }

  /// Nanoseconds from this moment until `later`; negative where that has passed.
  package func nanoseconds(until later: MonotonicTime) -> Int64 {
    later.nanoseconds.subtractingReportingOverflow(nanoseconds).partialValue
  }
}

/// The moment after which nobody waits for an answer. Absolute, so that time spent in a queue counts.
package typealias Deadline = MonotonicTime

/// Where time comes from, so that a test or a replay can decide what time it is.
package protocol TimeSource: Sendable {
  func now() -> MonotonicTime
  /// Nanoseconds since 1970. For people and for journals; limits and deadlines never use it.
  func wallClock() -> Int64
}

/// The time of this machine.
package struct SystemTime: TimeSource {
  package init() {}
  package func now() -> MonotonicTime { MonotonicTime(nanoseconds: read(CLOCK_MONOTONIC)) }
  package func wallClock() -> Int64 { read(CLOCK_REALTIME) }

  private func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

/// Where new identifiers come from: random in production, counted in a simulation.
package protocol IdentifierSource: Sendable {
  func makeRunID() -> RunID
}

package struct RandomIdentifiers: IdentifierSource {
  private let time: any TimeSource
  package init(time: any TimeSource) { self.time = time }

  package func makeRunID() -> RunID {
    var random = SystemRandomNumberGenerator()
    return RunID(milliseconds: time.wallClock() / 1_000_000, randomness: random.next())
  }
}
