import Locking
import Storage

/// A file of the host that is opened by its first use: most hosts have no use for it, and a reload may bring one.
final class LateStore<Store: Sendable>: Sendable {
  private enum State {
    case unopened
    case open(Store)
    case closed
  }
  /// As in "… are closed".
  private let contents: String
  private let open: @Sendable () throws(StorageFailure) -> Store
  private let state = Lock(State.unopened)

  init(_ contents: String, open: @escaping @Sendable () throws(StorageFailure) -> Store) {
    self.contents = contents
    self.open = open
  }

  /// Blocks the first time, while the file is opened.
  func opened() throws(StorageFailure) -> Store {
    try state.withLock { state throws(StorageFailure) in
      switch state {
      case .open(let store): return store
      case .closed: throw StorageFailure(.closed, "\(contents) closed")
      case .unopened:
        let store = try open()
        state = .open(store)
        return store
      }
    }
  }

  /// From here on it cannot be opened.
  ///
  /// - Returns: what is open, and is the caller's to close.
  func end() -> Store? {
    state.withLock { state in
      defer { state = .closed }
      if case .open(let store) = state { return store }
      return nil
    }
  }
}
