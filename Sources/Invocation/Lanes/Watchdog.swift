import CLinux
import Glibc
import Locking
import Synchronization
import ToolContracts

/// The thread that holds every call to its deadline. It looks once a millisecond while something is due or work waits, fifty
/// times a second while calls run that have time, and not at all while none does.
final class Watchdog: Sendable {
  private struct State {
    var isStopped = false
    var hasEnded = false
  }
  private static let tick: Int64 = 1_000_000
  private static let longestPause: Int64 = 20_000_000
  /// Work that waits often comes again, and calls follow one another: who goes to rest after each has the next one pay for
  /// being woken.
  private static let ticksAfterWork = 50
  private static let quietLooks = 3

  private let state = Condition(State())
  /// In nanoseconds: what is due earlier must wake it. `.min` while it looks or ticks, `.max` while it sleeps.
  private let nextLook = Atomic<Int64>(.min)

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
    state.broadcast()
    state.wait { state -> Void? in state.hasEnded ? () : nil }
  }

  /// After the deadline of a call or a timer was stored, or work was queued. Cheap while the watchdog looks in time anyway.
  @inline(__always)
  func wake(for due: MonotonicTime = MonotonicTime(nanoseconds: 0)) {
    // Sequentially consistent, as are the stores of deadlines: either this sees when the watchdog means to look, or the
    // watchdog's look before it rests sees the deadline.
    if due.nanoseconds < nextLook.load(ordering: .sequentiallyConsistent) { rouse() }
  }

  /// Whether it looks at nothing until it is woken.
  var isAsleep: Bool { nextLook.load(ordering: .sequentiallyConsistent) == .max }

  private func rouse() {
    state.withLock { _ in nextLook.store(.min, ordering: .sequentiallyConsistent) }
    state.broadcast()
  }

  private func watch(_ pool: LanePool) {
    var (ticks, quiet) = (0, 0)
    while !state.withLock({ $0.isStopped }) {
      let now = pool.time.now()
      for handle in pool.table.overdue(at: now) { pool.abandon(handle, because: .deadline) }
      pool.timers.runDue(at: now)
      pool.addLaneIfAllBlock()
      let due = pool.nextMoment
      ticks = pool.hasWaitingWork ? Self.ticksAfterWork : max(0, ticks - 1)
      quiet = due == nil && ticks == 0 ? quiet + 1 : 0
      if ticks > 0 || due.map({ now.nanoseconds(until: $0) < 2 * Self.tick }) == true {
        state.wait(nanoseconds: Self.tick) { state -> Void? in state.isStopped ? () : nil }
      } else if quiet > Self.quietLooks {
        rest(until: MonotonicTime(nanoseconds: .max), pool)
      } else {
        let latest = now.advanced(by: Self.longestPause)
        rest(until: due.map { min($0, latest) } ?? latest, pool, for: Self.longestPause)
      }
    }
    state.withLock { $0.hasEnded = true }
    state.broadcast()
  }

  /// - Parameter nanoseconds: at the longest, whatever the clock says that calls go by; nil: until it is woken.
  private func rest(until look: MonotonicTime, _ pool: LanePool, for nanoseconds: Int64? = nil) {
    nextLook.store(look.nanoseconds, ordering: .sequentiallyConsistent)
    defer { nextLook.store(.min, ordering: .sequentiallyConsistent) }
    let isEarlier = pool.nextMoment.map { $0 < look } == true
    guard !isEarlier, !pool.hasWaitingWork else { return }
    func isWoken(_ state: inout State) -> Void? {
      state.isStopped || nextLook.load(ordering: .sequentiallyConsistent) == .min ? () : nil
    }
    if let nanoseconds {
      let left = min(nanoseconds, pool.time.now().nanoseconds(until: look))
      state.wait(nanoseconds: left) { isWoken(&$0) }
    } else {
      state.wait { isWoken(&$0) }
    }
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
