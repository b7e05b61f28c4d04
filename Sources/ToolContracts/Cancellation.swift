import Locking

/// Lets the asker take a question back. One may be shared by everything that works on one answer.
package final class Cancellation: Sendable {
  private struct State {
    var isCancelled = false
    var reason: InvocationFailure?
    var nextKey = 0
    var handlers: [Int: @Sendable () -> Void] = [:]
  }
  private let state = Lock(State())

  package init() {}

  package var isCancelled: Bool { state.withLock { $0.isCancelled } }

  /// What whoever waits is to be told; nil: that it was cancelled.
  package var reason: InvocationFailure? { state.withLock { $0.reason } }

  /// Runs every handler once, on this thread. The second time does nothing.
  package func cancel(because reason: InvocationFailure? = nil) {
    let handlers = state.withLock { state in
      if !state.isCancelled { state.reason = reason }
      state.isCancelled = true
      defer { state.handlers = [:] }
      return state.handlers.sorted { $0.key < $1.key }.map(\.value)
    }
    for handler in handlers { handler() }
  }

  /// - Returns: a key for `removeHandler`; nil where it is cancelled already, and `handler` was run at once.
  package func addHandler(_ handler: @escaping @Sendable () -> Void) -> Int? {
    let key: Int? = state.withLock { state in
      guard !state.isCancelled else { return nil }
      state.nextKey += 1
      state.handlers[state.nextKey] = handler
      return state.nextKey
    }
    if key == nil { handler() }
    return key
  }

  package func removeHandler(_ key: Int) {
    state.withLock { _ = $0.handlers.removeValue(forKey: key) }
  }
}
