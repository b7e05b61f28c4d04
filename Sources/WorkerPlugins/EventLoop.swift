import CLinux
import CWorkerHosting
import Glibc
import Locking
import ToolContracts

/// One thread that waits for descriptors and moments on behalf of all workers. What it is given to do must be brief.
final class EventLoop: Sendable {
  /// What to wait for; the values are the kernel's.
  enum Interest {
    static let readable = EPOLLIN.rawValue
    static let writable = EPOLLOUT.rawValue
    /// Told once, then not again before `change`.
    static let once = EPOLLONESHOT.rawValue
  }
  /// Told what came; also told of an end or an error, as readable.
  typealias Handler = @Sendable () -> Void

  private struct State {
    var nextKey: UInt64 = 1
    var handlers: [UInt64: Handler] = [:]
    var timers: [UInt64: (due: MonotonicTime, action: Handler)] = [:]
    var isStopped = false
    var hasEnded = false
  }
  private let state = Condition(State())
  private let poll: Int32
  private let bell: Int32
  private let time: any TimeSource

  private static let bellKey: UInt64 = 0

  /// Nil where the system has no descriptor or no thread left.
  init?(time: any TimeSource) {
    self.time = time
    poll = epoll_create1(Int32(EPOLL_CLOEXEC))
    bell = jf_eventfd()
    guard poll >= 0, bell >= 0 else { return nil }
    guard control(EPOLL_CTL_ADD, bell, key: Self.bellKey, Interest.readable), start() else { return nil }
  }

  deinit {
    close(poll)
    close(bell)
  }

  private func start() -> Bool {
    let context = Unmanaged.passRetained(self).toOpaque()
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { context in
        let loop = Unmanaged<EventLoop>.fromOpaque(context!).takeRetainedValue()
        loop.run()
        loop.state.withLock { $0.hasEnded = true }
        loop.state.broadcast()
        return nil
      }, context)
    guard status == 0 else {
      Unmanaged<EventLoop>.fromOpaque(context).release()
      return false
    }
    jf_name_thread(thread, "jf-workers")
    pthread_detach(thread)
    return true
  }

  /// Returns once the thread does nothing more. Nothing is told afterwards.
  func stop() {
    state.withLock { $0.isStopped = true }
    ring()
    state.wait { state -> Void? in state.hasEnded ? () : nil }
    state.withLock { state in
      state.handlers = [:]
      state.timers = [:]
    }
  }

  // MARK: Descriptors

  /// - Returns: a key; nil where the kernel refuses.
  func add(_ descriptor: Int32, _ interest: UInt32, _ handler: @escaping Handler) -> UInt64? {
    let key = state.withLock { state in
      state.nextKey += 1
      state.handlers[state.nextKey] = handler
      return state.nextKey
    }
    guard control(EPOLL_CTL_ADD, descriptor, key: key, interest) else {
      state.withLock { _ = $0.handlers.removeValue(forKey: key) }
      return nil
    }
    return key
  }

  func change(_ key: UInt64, _ descriptor: Int32, _ interest: UInt32) {
    _ = control(EPOLL_CTL_MOD, descriptor, key: key, interest)
  }

  /// A handler that runs at this moment is not waited for.
  func remove(_ key: UInt64, _ descriptor: Int32) {
    _ = control(EPOLL_CTL_DEL, descriptor, key: key, 0)
    state.withLock { _ = $0.handlers.removeValue(forKey: key) }
  }

  private func control(_ operation: Int32, _ descriptor: Int32, key: UInt64, _ interest: UInt32) -> Bool {
    var event = epoll_event()
    event.events = interest
    event.data.u64 = key
    return epoll_ctl(poll, operation, descriptor, &event) == 0
  }

  // MARK: Moments

  func schedule(after nanoseconds: Int64, _ action: @escaping Handler) -> UInt64 {
    let due = time.now().advanced(by: nanoseconds)
    let (key, isFirst) = state.withLock { state in
      state.nextKey += 1
      let isFirst = state.timers.values.allSatisfy { due < $0.due }
      state.timers[state.nextKey] = (due, action)
      return (state.nextKey, isFirst)
    }
    if isFirst { ring() }
    return key
  }

  func unschedule(_ key: UInt64) { state.withLock { _ = $0.timers.removeValue(forKey: key) } }

  private func ring() {
    var one: UInt64 = 1
    _ = write(bell, &one, MemoryLayout<UInt64>.size)
  }

  // MARK: The thread

  private func run() {
    let capacity = 64
    let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: capacity)
    defer { events.deallocate() }
    while true {
      guard let patience = milliseconds() else { return }
      let count = epoll_wait(poll, events, Int32(capacity), patience)
      for index in 0..<Int(max(0, count)) { tell(events[index].data.u64) }
      runDue()
    }
  }

  /// Until the next moment; -1 where there is none; nil to end.
  private func milliseconds() -> Int32? {
    let now = time.now()
    return state.withLock { state in
      guard !state.isStopped else { return nil }
      guard let due = state.timers.values.map(\.due).min() else { return -1 }
      // Rounded up, or the loop would spin through the last millisecond.
      let left = max(0, now.nanoseconds(until: due))
      return Int32(min(left / 1_000_000 + (left % 1_000_000 == 0 ? 0 : 1), 60_000))
    }
  }

  private func tell(_ key: UInt64) {
    if key == Self.bellKey {
      var count: UInt64 = 0
      _ = read(bell, &count, MemoryLayout<UInt64>.size)
      return
    }
    state.withLock { $0.handlers[key] }?()
  }

  private func runDue() {
    let now = time.now()
    let due = state.withLock { state in
      let due = state.timers.filter { $0.value.due <= now }
      for key in due.keys { state.timers[key] = nil }
      return due.values.sorted { $0.due < $1.due }
    }
    for timer in due { timer.action() }
  }
}
