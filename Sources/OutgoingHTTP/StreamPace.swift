import ToolContracts

/// When the next piece of a stream of events is handed on. Each wakes three threads in two processes, which costs more than
/// the piece itself: of a stream that is faster than anybody reads, several go together.
struct StreamPace {
  /// Between one and the next.
  static let interval: Int64 = 10_000_000
  /// As much earlier than that a piece may come after a silence: ten go at once before the first one waits.
  private static let slack = 10 * interval
  /// What libcurl has read in one turn comes in several pieces.
  private static let turn: Int64 = 500_000

  private var last = MonotonicTime(nanoseconds: .min / 2)
  /// When one would be due if none had ever come early.
  private var due = MonotonicTime(nanoseconds: .min / 2)

  /// - Returns: until when it waits; nil: it goes now, and counts.
  mutating func hold(at now: MonotonicTime) -> MonotonicTime? {
    if last.nanoseconds(until: now) < Self.turn { return nil }
    let earliest = due.advanced(by: -Self.slack)
    guard earliest <= now else { return earliest }
    last = now
    due = max(due, now).advanced(by: Self.interval)
    return nil
  }
}
