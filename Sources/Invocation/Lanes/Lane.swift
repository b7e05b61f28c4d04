import CLinux
import Glibc
import Synchronization
import ToolContracts

/// One thread of the pool. Runs tasks, and the plugin functions that those tasks call: the task suspends first, so that
/// the function runs on this same thread with no task on its stack, and whoever settles the call may resume the task
/// while the function still runs.
final class Lane: @unchecked Sendable {
  // @unchecked: all but `isInsidePlugin` belongs to the lane's own thread.
  /// Kept for as long as this lane's thread: a plugin may come back long after everybody else has left.
  let pool: LanePool
  /// A job that this lane made ready and runs next itself, which spares a hop to another thread.
  var next: UnownedJob?
  /// The call that the job which just ran suspended for.
  var pendingCall: CallHandle?
  /// The call whose function is running on this thread, and what it completed with before it returned.
  var current: CallHandle?
  var staged: CallReturn?
  /// Read by the watchdog.
  let isInsidePlugin = Atomic<Bool>(false)

  init(pool: LanePool) { self.pool = pool }

  /// The lane whose thread this is.
  static var current: Lane? {
    jf_thread_lane().map { Unmanaged<Lane>.fromOpaque($0).takeUnretainedValue() }
  }

  func start() {
    let thread = UnsafeMutablePointer<pthread_t>.allocate(capacity: 1)
    defer { thread.deallocate() }
    let context = Unmanaged.passRetained(self).toOpaque()
    let status = pthread_create(
      thread, nil,
      { context in
        let lane = Unmanaged<Lane>.fromOpaque(context!).takeRetainedValue()
        jf_set_thread_lane(context)
        lane.work()
        jf_set_thread_lane(nil)
        lane.pool.ended(lane)
        return nil
      }, context)
    guard status == 0 else {
      Unmanaged<Lane>.fromOpaque(context).release()
      pool.ended(self)
      return
    }
    jf_name_thread(thread.pointee, "jf-lane")
    pthread_detach(thread.pointee)
  }

  private func work() {
    let executor = pool.asUnownedTaskExecutor()
    // Work of others is not kept waiting by a task that makes itself ready again and again.
    var turnsInARow = 0
    while true {
      if turnsInARow == 64, !pool.hasWaitingWork { turnsInARow = 0 }
      if let job = next, turnsInARow < 64 {
        next = nil
        turnsInARow += 1
        job.runSynchronously(on: executor)
      } else {
        turnsInARow = 0
        if let job = next {
          next = nil
          pool.push(.job(job))
        }
        switch pool.take() {
        case .job(let job): job.runSynchronously(on: executor)
        case .call(let handle): pendingCall = handle
        case .cancel(let handle, let backend): cancel(handle, in: backend)
        case nil: return
        }
      }
      if let handle = pendingCall {
        pendingCall = nil
        if let job = next {
          next = nil
          pool.push(.job(job))
        }
        if pool.run(handle, on: self) == .replaced { return }
      }
    }
  }

  /// A plugin's `cancel` may block too; the watchdog counts this lane as inside a plugin meanwhile.
  func cancel(_ handle: CallHandle, in backend: any ToolBackend) {
    guard pool.isInUse(handle) else { return }
    isInsidePlugin.store(true, ordering: .relaxed)
    backend.cancel(handle)
    isInsidePlugin.store(false, ordering: .relaxed)
  }
}
