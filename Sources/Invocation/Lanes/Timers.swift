import Locking
package import ToolContracts

/// Things to do at a moment, other than to end a call. Done by the watchdog's thread, so each is brief.
final class Timers: Sendable {
  private struct Timer {
    let due: MonotonicTime
    let action: @Sendable () -> Void
  }
  private struct State {
    var nextKey = 0
    var timers: [Int: Timer] = [:]
    /// Not after the first that is due; spares looking through all of them.
    var earliest = MonotonicTime(nanoseconds: .max)
  }
  private let state = Lock(State())

  func add(at due: MonotonicTime, _ action: @escaping @Sendable () -> Void) -> Int {
    state.withLock { state in
      state.nextKey += 1
      state.timers[state.nextKey] = Timer(due: due, action: action)
      state.earliest = min(state.earliest, due)
      return state.nextKey
    }
  }

  func remove(_ key: Int) { state.withLock { _ = $0.timers.removeValue(forKey: key) } }

  var nextDue: MonotonicTime? { state.withLock { $0.timers.values.map(\.due).min() } }

  /// Not after `nextDue`, and found without looking through all of them; nil where there is none.
  var earliest: MonotonicTime? { state.withLock { $0.timers.isEmpty ? nil : $0.earliest } }

  func runDue(at now: MonotonicTime) {
    let due: [Timer] = state.withLock { state in
      guard state.earliest <= now else { return [] }
      let due = state.timers.filter { $0.value.due <= now }
      for key in due.keys { state.timers[key] = nil }
      state.earliest = state.timers.values.map(\.due).min() ?? MonotonicTime(nanoseconds: .max)
      // In one order, whatever that of the dictionary is.
      return due.sorted { ($0.value.due, $0.key) < ($1.value.due, $1.key) }.map(\.value)
    }
    for timer in due { timer.action() }
  }
}

extension LanePool {
  /// Does `action` at `due`, within about a millisecond, on a thread that must not be kept.
  package func schedule(at due: MonotonicTime, _ action: @escaping @Sendable () -> Void) -> Int {
    let key = timers.add(at: due, action)
    watchdog.wake(for: due)
    return key
  }

  package func unschedule(_ key: Int) { timers.remove(key) }
}
