import Locking
import ModelContracts
import SQLiteStorage
import Storage
import ToolContracts

/// The kept answers of a host, opened by the first call that may be answered from them: most hosts have none.
final class LateAnswerStore: AnswerStore {
  private enum State {
    case unopened
    case open(any AnswerStore)
    case closed
  }
  private let path: String
  private let state = Lock(State.unopened)

  init(path: String) { self.path = path }

  func answer(to key: AnswerKey, at now: Int64) throws(StorageFailure) -> [UInt8]? {
    try opened().answer(to: key, at: now)
  }

  func keep(
    _ answer: KeptAnswer, to key: AnswerKey, at now: Int64, within bounds: AnswerBounds
  ) async throws(StorageFailure) {
    try await opened().keep(answer, to: key, at: now, within: bounds)
  }

  func clear(of tenant: TenantID, provider: String?) async throws(StorageFailure) -> Int {
    try await opened().clear(of: tenant, provider: provider)
  }

  func close() async {
    let store = state.withLock { state -> (any AnswerStore)? in
      defer { state = .closed }
      if case .open(let store) = state { return store }
      return nil
    }
    await store?.close()
  }

  /// Blocks the first time, while the file is opened.
  private func opened() throws(StorageFailure) -> any AnswerStore {
    try state.withLock { state throws(StorageFailure) in
      switch state {
      case .open(let store): return store
      case .closed: throw StorageFailure(.closed, "the kept answers are closed")
      case .unopened:
        let store = try SQLiteAnswerStore(path: path)
        state = .open(store)
        return store
      }
    }
  }
}
