import ToolContracts

/// Time that passes only where the simulation lets it.
final class SimulatedTime: TimeSource, @unchecked Sendable {
  // @unchecked: only the thread that steps the lanes comes here.
  private(set) var nanoseconds: Int64 = 0

  func now() -> MonotonicTime { MonotonicTime(nanoseconds: nanoseconds) }
  func wallClock() -> Int64 { 1_700_000_000_000_000_000 + nanoseconds }

  func pass(_ span: Int) { nanoseconds += Int64(span) }
  func pass(until moment: MonotonicTime) { nanoseconds = max(nanoseconds, moment.nanoseconds) }
  func startAnew() { nanoseconds = 0 }
}
