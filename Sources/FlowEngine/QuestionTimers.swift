import Locking
import ToolContracts

/// When the questions of runs that wait expire, as far as this process sees to it. From any thread.
final class QuestionTimers: Sendable {
  private struct State {
    /// Those of the lanes.
    var timers: [RunID: Int] = [:]
    var coversAll = false
    var isOver = false
  }
  private let state = Lock(State())

  /// Of every run that comes to wait here.
  var coversAll: Bool { state.withLock { $0.coversAll && !$0.isOver } }
  var isOver: Bool { state.withLock { $0.isOver } }

  func coverAll() { state.withLock { $0.coversAll = true } }
  func end() { state.withLock { $0.isOver = true } }

  /// - Returns: the timer that this one takes the place of.
  func set(_ timer: Int, of run: RunID) -> Int? {
    state.withLock { $0.timers.updateValue(timer, forKey: run) }
  }
  func covers(_ run: RunID) -> Bool { state.withLock { $0.timers[run] != nil } }
  func forget(_ run: RunID) { state.withLock { _ = $0.timers.removeValue(forKey: run) } }
}
