import CLinux
import Glibc
import Locking
import Storage

/// A thread that opens something, uses it alone, and ends.
final class WorkerThread: @unchecked Sendable {
  // @unchecked: written in `init` only.
  private var thread = pthread_t()
  private let ending = Ending()
  private let isJoined = Lock(false)

  /// Waits until `open` has answered.
  ///
  /// - Parameters:
  ///   - name: what operators see; at most 15 characters.
  ///   - open: runs on the new thread; what it throws is thrown here, and the thread is over.
  ///   - use: the rest of the thread's life; what was opened is released when it returns.
  init<Owned>(
    named name: String, open: @escaping @Sendable () throws(StorageFailure) -> Owned,
    use: @escaping @Sendable (Owned) -> Void
  ) throws(StorageFailure) {
    let opened = Condition<Result<Void, StorageFailure>?>(nil)
    let ending = ending
    @Sendable func live() throws(StorageFailure) {
      let owned = try open()
      opened.withLock { $0 = .success(()) }
      opened.broadcast()
      use(owned)
    }
    let body = Body {
      do throws(StorageFailure) { try live() } catch {
        opened.withLock { $0 = .failure(error) }
        opened.broadcast()
      }
      ending.reached()
    }
    try start(body, named: name)
    if case .failure(let failure) = opened.wait(until: { $0 }) { throw failure }
  }

  deinit {
    if !isJoined.withLock({ $0 }) { pthread_detach(thread) }
  }

  private func start(_ body: Body, named name: String) throws(StorageFailure) {
    let box = Unmanaged.passRetained(body)
    let code = pthread_create(
      &thread, nil,
      { argument in
        // Passed in just below, retained for this thread.
        Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    guard code != 0 else { return jf_name_thread(thread, name) }
    box.release()
    isJoined.withLock { $0 = true }  // there is nothing to detach
    throw StorageFailure(.unavailable, "no thread for the journal: \(String(cString: strerror(code)))")
  }

  /// Suspends until it has ended.
  func join() async {
    await ending.wait()
    let isFirst = isJoined.withLock { isJoined in
      defer { isJoined = true }
      return !isJoined
    }
    // All that is left of it to wait for is its last few instructions.
    if isFirst { pthread_join(thread, nil) }
  }

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
}

/// The end of something, which tasks can wait for.
private final class Ending: Sendable {
  private enum State {
    case ahead([CheckedContinuation<Void, Never>])
    case reached
  }
  private let state = Lock(State.ahead([]))

  func reached() {
    let waiting = state.withLock { state in
      defer { state = .reached }
      if case .ahead(let waiting) = state { return waiting }
      return []
    }
    for continuation in waiting { continuation.resume() }
  }

  func wait() async {
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        guard case .ahead(let waiting) = state else { return true }
        state = .ahead(waiting + [continuation])
        return false
      }
      if isOver { continuation.resume() }
    }
  }
}
