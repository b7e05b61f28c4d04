import Locking

/// Something that clients may want to hear of.
package enum Change: Sendable, Hashable {
  case tools
  case prompts
  case resources
  /// The contents of one resource, by its URI.
  case resource(String)
}

/// Passes changes on to every connection. Whoever changes what clients see announces it, after the change.
package final class ChangeAnnouncer: Sendable {
  private struct State {
    var nextKey = 0
    var listeners: [Int: @Sendable (Change) -> Void] = [:]
  }
  private let state = Lock(State())

  package init() {}

  /// From any thread; does not wait for clients.
  package func announce(_ change: Change) {
    for listener in state.withLock({ Array($0.listeners.values) }) { listener(change) }
  }

  func add(_ listener: @escaping @Sendable (Change) -> Void) -> Int {
    state.withLock { state in
      state.nextKey += 1
      state.listeners[state.nextKey] = listener
      return state.nextKey
    }
  }

  func remove(_ key: Int) { state.withLock { _ = $0.listeners.removeValue(forKey: key) } }
}
