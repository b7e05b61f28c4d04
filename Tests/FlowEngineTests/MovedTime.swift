import Locking
import ToolContracts

/// Deadlines run as ever; the wall clock can be moved.
final class MovedTime: TimeSource {
  let later = Lock<Int64>(0)
  func now() -> MonotonicTime { SystemTime().now() }
  func wallClock() -> Int64 { SystemTime().wallClock() + later.withLock { $0 } }
}
