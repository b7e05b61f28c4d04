import CWorkerHosting
import Glibc
import Locking
import PluginFiles

/// How a worker came to its end, as far as its parent can tell.
enum ProcessEnd: Sendable, Equatable {
  case exited(Int32)
  case killed(signal: Int32)
  /// It went together with the zygote.
  case lost

  /// What an operator reads.
  var sentence: String {
    switch self {
    case .exited(let status): "it exited with status \(status)"
    case .killed(let signal): "it was ended by \(nameOfSignal(signal))"
    case .lost: "it was lost with the zygote"
    }
  }
}

/// What becomes of one process. Outlives whoever used it, so that its end is told all the same.
final class ProcessFate: Sendable {
  private struct State {
    var end: ProcessEnd?
    var tell: (@Sendable (ProcessEnd) -> Void)?
  }
  private let state = Lock(State())

  /// `tell` is called once, at once where it has ended already.
  func whenEnded(_ tell: @escaping @Sendable (ProcessEnd) -> Void) {
    let end = state.withLock { state in
      if state.end == nil { state.tell = tell }
      return state.end
    }
    if let end { tell(end) }
  }

  func ended(_ end: ProcessEnd) {
    let tell = state.withLock { state -> (@Sendable (ProcessEnd) -> Void)? in
      guard state.end == nil else { return nil }
      state.end = end
      return state.tell.take()
    }
    tell?(end)
  }
}

/// One confined process, before and after it has a plugin in it. Killed when nobody refers to it any more.
final class WorkerProcess: Sendable {
  let channel: OwnedDescriptor
  let alarm: OwnedDescriptor
  let fate = ProcessFate()

  init(channel: consuming OwnedDescriptor, alarm: consuming OwnedDescriptor) {
    self.channel = channel
    self.alarm = alarm
  }

  deinit { worker_kill(alarm.number) }

  /// What the system says at this moment; `fate` may hear of it later.
  var isRunning: Bool {
    var end = pollfd(fd: alarm.number, events: Int16(POLLIN), revents: 0)
    return poll(&end, 1, 0) == 0
  }

  /// Ends it, and everything that it started.
  func kill() { worker_kill(alarm.number) }
}
