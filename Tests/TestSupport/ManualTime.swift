import Locking
package import ToolContracts

/// Time that passes only when a test says so.
package final class ManualTime: TimeSource {
  private let nanoseconds = Lock<Int64>(1_000_000_000)

  package init() {}
  package func now() -> MonotonicTime { MonotonicTime(nanoseconds: nanoseconds.withLock { $0 }) }
  package func wallClock() -> Int64 { 1_700_000_000_000_000_000 + nanoseconds.withLock { $0 } }
  package func advance(milliseconds: Int64) { nanoseconds.withLock { $0 += milliseconds * 1_000_000 } }
}
