import CLinux
import Glibc
import Locking
import Synchronization
import ToolContracts

/// The thread that holds every call to its deadline: once a millisecond while any call runs, not at all otherwise.
final class Watchdog: Sendable {
  private struct State {
    var isStopped = false
    var hasEnded = false
  }
  private let state = Condition(State())
  private let isAsleep = Atomic<Bool>(false)

  func start(_ pool: LanePool) {
    let context = Unmanaged.passRetained(Start(watchdog: self, pool: pool)).toOpaque()
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { context in
        let start = Unmanaged<Start>.fromOpaque(context!).takeRetainedValue()
        start.watchdog.watch(start.pool)
        return nil
      }, context)
    // Without this thread no deadline holds: a host that cannot start it must not start.
    precondition(status == 0, "cannot start the thread that watches deadlines")
    jf_name_thread(thread, "jf-watchdog")
    pthread_detach(thread)
  }

  /// Returns once the thread does nothing more.
  func stop() {
    state.withLock { $0.isStopped = true }
    isAsleep.store(false, ordering: .sequentiallyConsistent)
    state.broadcast()
    state.wait { state -> Void? in state.hasEnded ? () : nil }
  }

  /// After a call's deadline was stored, or work was queued. Cheap while the watchdog is awake.
  @inline(__always)
  func wake() {
    // Sequentially consistent, as are the stores of deadlines: either this sees that the watchdog went to sleep, or the
    // watchdog's last look sees the deadline.
    if isAsleep.load(ordering: .sequentiallyConsistent) { rouse() }
  }

  private func rouse() {
    state.withLock { _ in isAsleep.store(false, ordering: .sequentiallyConsistent) }
    state.broadcast()
  }

  private func watch(_ pool: LanePool) {
    var quietTicks = 0
    while !state.withLock({ $0.isStopped }) {
      let now = pool.time.now()
      for handle in pool.table.overdue(at: now) { pool.abandon(handle, because: .deadline) }
      pool.timers.runDue(at: now)
      pool.addLaneIfAllBlock()
      quietTicks = pool.isQuiet ? quietTicks + 1 : 0
      // Calls often follow one another: going to sleep after each would make the next one pay for the waking.
      if quietTicks > 50 {
        isAsleep.store(true, ordering: .sequentiallyConsistent)
        if pool.isQuiet {
          state.wait { state -> Void? in
            state.isStopped || !self.isAsleep.load(ordering: .sequentiallyConsistent) ? () : nil
          }
        }
        isAsleep.store(false, ordering: .sequentiallyConsistent)
        quietTicks = 0
      }
      state.wait(nanoseconds: 1_000_000) { state -> Void? in state.isStopped ? () : nil }
    }
    state.withLock { $0.hasEnded = true }
    state.broadcast()
  }

  private final class Start: Sendable {
    let watchdog: Watchdog
    let pool: LanePool
    init(watchdog: Watchdog, pool: LanePool) {
      self.watchdog = watchdog
      self.pool = pool
    }
  }
}
