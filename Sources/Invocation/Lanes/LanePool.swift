import Locking
package import Telemetry
import Synchronization
package import ToolContracts

/// Runs tasks and plugin functions on its own threads, so that every call has a deadline that holds whatever the plugin
/// does: a function that blocks, blocks a thread that is then written off and replaced, never its caller.
///
/// A task that prefers this executor pays no change of thread for a call. Others may call as well; their calls change
/// thread.
package final class LanePool: TaskExecutor, @unchecked Sendable {
  // @unchecked: shared state is in `queue` and in atomics.
  enum Work {
    case job(UnownedJob)
    case call(CallHandle)
    case cancel(CallHandle, any ToolBackend)
  }

  struct Queue {
    var work: [Work] = []
    var head = 0
    var idleCount = 0
    /// Lanes that are not written off, and lanes whose plugin has not come back.
    var lanes: [Lane] = []
    var threadCount = 0
    var lostCount = 0
    var isShutDown = false

    var isEmpty: Bool { head == work.count }

    mutating func popFirst() -> Work? {
      guard !isEmpty else { return nil }
      let first = work[head]
      head += 1
      if isEmpty || head > 1024 {
        work.removeFirst(head)
        head = 0
      }
      return first
    }
  }

  package struct Counts: Sendable, Equatable {
    package var lanes: Int
    /// Threads that are kept by a plugin past the deadline of its call.
    package var lost: Int
    package var callsInUse: Int
    package var lateResults: Int
  }

  let queue = Condition(Queue())
  let table = CallTable()
  let timers = Timers()
  let time: any TimeSource
  let log: Log
  let lateResults = Atomic<Int>(0)
  private let laneCount: Int
  private let maxThreads: Int
  let watchdog = Watchdog()

  /// - Parameters:
  ///   - laneCount: threads when nothing blocks; one per processor is right.
  ///   - maxThreads: bound on threads, those included that plugins keep.
  package init(laneCount: Int, maxThreads: Int = 128, time: any TimeSource = SystemTime(), log: Log = .none) {
    self.laneCount = max(1, laneCount)
    self.maxThreads = max(maxThreads, laneCount)
    self.time = time
    self.log = log
    for _ in 0..<self.laneCount { addLane() }
    watchdog.start(self)
  }

  /// Without any thread: `SteppedLanes` does what there is to do.
  init(withoutThreads time: any TimeSource) {
    (laneCount, maxThreads) = (0, 0)
    self.time = time
    log = .none
  }

  package var counts: Counts {
    let late = lateResults.load(ordering: .relaxed)
    let used = table.usedCount
    return queue.withLock { queue in
      Counts(lanes: queue.lanes.count, lost: queue.lostCount, callsInUse: used, lateResults: late)
    }
  }

  /// Ends the threads once nothing is queued. Threads inside a plugin end when it returns. Waits for the others.
  package func shutDown() {
    queue.withLock { $0.isShutDown = true }
    queue.broadcast()
    watchdog.stop()
    queue.wait { queue -> Void? in queue.threadCount - queue.lostCount <= 0 ? () : nil }
  }

  // MARK: Executor

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    // What becomes ready while a plugin has the thread is for another: the plugin may be waiting for it.
    if let lane = Lane.current, lane.pool === self, lane.next == nil,
      !lane.isInsidePlugin.load(ordering: .relaxed)
    {
      lane.next = job
    } else {
      push(.job(job))
    }
  }

  func push(_ work: Work) {
    let wakes = queue.withLock { queue in
      queue.work.append(work)
      return queue.idleCount > 0
    }
    if wakes { queue.signal() } else { watchdog.wake() }
  }

  /// Waits for work; nil when the calling lane should end: at shut-down, or, where there are more lanes than
  /// processors, after a second without work.
  func take() -> Work? {
    enum Answer {
      case work(Work)
      case end
    }
    var isIdle = false
    func ask(_ queue: inout Queue) -> Answer? {
      let work = queue.popFirst()
      let mustWait = work == nil && !queue.isShutDown
      if mustWait != isIdle {
        isIdle = mustWait
        queue.idleCount += mustWait ? 1 : -1
      }
      if let work { return .work(work) }
      return mustWait ? nil : .end
    }
    let isSurplus = queue.withLock { $0.lanes.count > laneCount }
    let answer: Answer?
    if isSurplus {
      answer = queue.wait(nanoseconds: 1_000_000_000) { ask(&$0) }
      if answer == nil { queue.withLock { $0.idleCount -= 1 } }
    } else {
      answer = queue.wait { ask(&$0) }
    }
    guard case .work(let work) = answer else { return nil }
    return work
  }

  // MARK: Lanes

  func addLane() {
    let lane: Lane? = queue.withLock { queue in
      guard queue.threadCount < self.maxThreads, !queue.isShutDown else { return nil }
      let lane = Lane(pool: self)
      queue.lanes.append(lane)
      queue.threadCount += 1
      return lane
    }
    lane?.start()
  }

  /// The plugin that runs on `lane` was given up: other lanes do the work from now on.
  func writeOff(_ lane: Lane) {
    queue.withLock { queue in
      queue.lanes.removeAll { $0 === lane }
      queue.lostCount += 1
    }
    addLane()
    queue.broadcast()
  }

  func ended(_ lane: Lane) {
    queue.withLock { queue in
      queue.threadCount -= 1
      let before = queue.lanes.count
      queue.lanes.removeAll { $0 === lane }
      if queue.lanes.count == before { queue.lostCount -= 1 }
    }
    queue.broadcast()
  }

  var hasWaitingWork: Bool { queue.withLock { !$0.isEmpty } }

  /// Nothing is due before; nil where nothing ever is.
  var nextMoment: MonotonicTime? {
    let (deadline, timer) = (table.nextDeadline, timers.earliest)
    guard let deadline, let timer else { return deadline ?? timer }
    return min(deadline, timer)
  }

  /// Called by the watchdog: where work waits and every lane is inside a plugin, one more lane does it.
  func addLaneIfAllBlock() {
    let allBlock = queue.withLock { queue in
      !queue.isEmpty && queue.lanes.allSatisfy { $0.isInsidePlugin.load(ordering: .relaxed) }
    }
    if allBlock { addLane() }
  }

}
