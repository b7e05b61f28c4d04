import Invocation
import Locking
import ModelContracts
import ToolContracts

/// Takes an attempt back that does not begin, or stands still.
final class StreamWatch: Sendable {
  private struct State {
    var timer: Int?
    var isOver = false
  }
  private let stream: AttemptStream
  private let deadlines: ModelDeadlines
  private let cancellation: Cancellation
  private let lanes: LanePool
  private let time: any TimeSource
  private let state = Lock(State())

  init(
    _ stream: AttemptStream, _ deadlines: ModelDeadlines, cancellation: Cancellation, lanes: LanePool,
    time: any TimeSource
  ) {
    self.stream = stream
    self.deadlines = deadlines
    self.cancellation = cancellation
    self.lanes = lanes
    self.time = time
    look()
  }

  func end() {
    let timer = state.withLock { state in
      state.isOver = true
      return state.timer
    }
    if let timer { lanes.unschedule(timer) }
  }

  private func look() {
    guard let limit = stream.limit(deadlines) else {
      // Once something has come there may be a limit.
      if deadlines.idle != nil, let first = deadlines.idle { schedule(at: time.now().advanced(by: first)) }
      return
    }
    if limit.due <= time.now() { return cancellation.cancel(because: limit.reason) }
    // Whatever comes later moves the limit further away; but to begin may be allowed more time than to go on.
    let soonest = min(limit.due, time.now().advanced(by: deadlines.idle ?? .max))
    schedule(at: soonest)
  }

  private func schedule(at due: MonotonicTime) {
    state.withLock { state in
      guard !state.isOver else { return }
      state.timer = lanes.schedule(at: due) { [weak self] in self?.look() }
    }
  }
}
