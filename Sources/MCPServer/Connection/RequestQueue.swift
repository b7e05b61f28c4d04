import Locking

/// Bounds how many requests of a connection are worked on at once and how many wait for their turn.
final class RequestQueue<Request: Sendable>: Sendable {
  enum Admission {
    case run
    case wait
    case refused
  }

  private struct State {
    var running = 0
    /// Begun, and without a place while somebody thinks.
    var away = 0
    var waiting: [Request] = []
    var head = 0
    var idleWaiters: [Int: UnsafeContinuation<Void, Never>] = [:]
    var nextKey = 0

    var waitingCount: Int { waiting.count - head }
    var isIdle: Bool { running == 0 && away == 0 && waitingCount == 0 }
  }

  private let state = Lock(State())
  private let maxRunning: Int
  private let maxWaiting: Int
  /// So many requests may have given their places away.
  private let maxAway: Int

  init(maxRunning: Int, maxWaiting: Int) {
    self.maxRunning = maxRunning
    self.maxWaiting = maxWaiting
    maxAway = maxWaiting
  }

  /// - Returns: `run` where the caller owes `finished`; `wait` where some caller of `finished` will be given this one.
  func admit(_ request: Request) -> Admission {
    state.withLock { state in
      if state.running < maxRunning {
        state.running += 1
        return .run
      }
      guard state.waitingCount < maxWaiting else { return .refused }
      state.waiting.append(request)
      return .wait
    }
  }

  /// - Returns: the request that the place now belongs to; whoever asked works on it.
  func finished() -> Request? {
    var waiters: [UnsafeContinuation<Void, Never>] = []
    let next: Request? = state.withLock { state in
      if state.waitingCount > 0 {
        let next = state.waiting[state.head]
        state.head += 1
        if state.head == state.waiting.count || state.head > 256 {
          state.waiting.removeFirst(state.head)
          state.head = 0
        }
        return next
      }
      state.running -= 1
      if state.isIdle {
        waiters = Array(state.idleWaiters.values)
        state.idleWaiters = [:]
      }
      return nil
    }
    for waiter in waiters { waiter.resume() }
    return next
  }

  /// Gives a place away for a while.
  ///
  /// - Returns: whether it was, and the request that it now belongs to; whoever asked works on it.
  func goAway() -> (isAway: Bool, next: Request?) {
    let isAway = state.withLock { state in
      guard state.away < maxAway else { return false }
      state.away += 1
      return true
    }
    return isAway ? (true, finished()) : (false, nil)
  }

  /// For who went away. Waits for nobody: it was admitted once.
  func comeBack() {
    state.withLock { state in
      state.away -= 1
      state.running += 1
    }
  }

  /// Returns when nothing runs or waits, or when `giveUp` was called with the key that `started` was told.
  func waitUntilIdle(started: (Int) -> Void) async {
    await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
      let key: Int? = state.withLock { state in
        guard !state.isIdle else { return nil }
        state.nextKey += 1
        state.idleWaiters[state.nextKey] = continuation
        return state.nextKey
      }
      guard let key else { return continuation.resume() }
      started(key)
    }
  }

  func giveUp(_ key: Int) {
    state.withLock { $0.idleWaiters.removeValue(forKey: key) }?.resume()
  }
}
