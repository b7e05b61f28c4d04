internal import Synchronization

/// One tenant's folder and its index, kept up to date by whoever searches. Any thread.
package final class Library: Sendable {
  private struct State: ~Copyable {
    var index: SearchIndex
    var refreshed: Duration?
  }

  private let state: Mutex<State>
  private let now: @Sendable () -> Duration

  /// The folder is looked at no more often than this.
  package static let interval = Duration.seconds(1)

  /// - Parameter now: Time on a clock that does not jump.
  package init(index: consuming sending SearchIndex, now: @escaping @Sendable () -> Duration) {
    state = Mutex(State(index: index))
    self.now = now
  }

  /// - Parameter step: As in `SearchIndex.refresh(step:)`.
  package func search(
    _ query: String, limit: Int, step: @Sendable () throws -> Void
  ) throws -> (hits: [SearchIndex.Hit], mode: SearchIndex.Mode) {
    try state.withLock { state in
      try refresh(&state, step: step)
      return try state.index.search(query, limit: limit)
    }
  }

  /// A file's content, nil if it is not one of the index.
  package func text(of path: String, step: @Sendable () throws -> Void) throws -> String? {
    try state.withLock { state in
      try refresh(&state, step: step)
      return try state.index.text(of: path)
    }
  }

  private func refresh(_ state: inout State, step: @Sendable () throws -> Void) throws {
    let now = now()
    if let last = state.refreshed, now - last < Self.interval { return }
    try state.index.refresh(step: step)
    state.refreshed = now
  }
}
