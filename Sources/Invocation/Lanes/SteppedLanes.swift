import CLinux
import Locking
package import ToolContracts

/// The lanes of a simulation: no threads, and no time but what passes at their `TimeSource`. One piece of work after the
/// other is done by whoever calls `step`, on the caller's thread and in the order that the caller says, so that the same
/// order gives the same run. For one thread, which is no thread of Swift's own pool.
///
/// To be used again rather than made anew: like any pool's, the table of its calls is never freed.
package final class SteppedLanes {
  package let pool: LanePool
  private let lane: Lane

  package init(time: any TimeSource) {
    pool = LanePool(withoutThreads: time)
    lane = Lane(pool: pool)
  }

  /// Does one piece of the work that is ready: a part of a task, or the function of a call.
  ///
  /// - Parameter choose: which, of so many.
  /// - Returns: false where nothing is ready.
  package func step(_ choose: (_ count: Int) -> Int) -> Bool {
    guard let work = pool.queue.withLock({ $0.pop(choose) }) else { return false }
    jf_set_thread_lane(Unmanaged.passUnretained(lane).toOpaque())
    defer { jf_set_thread_lane(nil) }
    switch work {
    case .job(let job): job.runSynchronously(on: pool.asUnownedTaskExecutor())
    case .call(let handle): run(handle)
    case .cancel(let handle, let backend): lane.cancel(handle, in: backend)
    }
    // What became ready waits for its turn like everything else.
    if let job = lane.next.take() { pool.push(.job(job)) }
    if let call = lane.pendingCall.take() { pool.push(.call(call)) }
    return true
  }

  private func run(_ handle: CallHandle) {
    guard pool.run(handle, on: lane) == .replaced else { return }
    // Given up from within its own function: the thread that would be lost is the caller's, and is back.
    pool.queue.withLock { $0.lostCount -= 1 }
  }

  /// Ends calls whose deadline has come, and does what is scheduled until now.
  package func meetDeadlines() {
    let now = pool.time.now()
    for handle in pool.table.overdue(at: now) { pool.abandon(handle, because: .deadline) }
    pool.timers.runDue(at: now)
  }

  /// The next moment at which there is something to do for `meetDeadlines`.
  package var nextMoment: MonotonicTime? {
    [pool.table.nextDeadline, pool.timers.nextDue].compactMap { $0 }.min()
  }
}

extension LanePool.Queue {
  fileprivate mutating func pop(_ choose: (Int) -> Int) -> LanePool.Work? {
    guard !isEmpty else { return nil }
    return work.remove(at: head + choose(work.count - head))
  }
}
