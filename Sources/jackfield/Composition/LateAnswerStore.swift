import ModelContracts
import SQLiteStorage
import Storage
import ToolContracts

/// The kept answers of a host, opened by the first call that may be answered from them.
final class LateAnswerStore: AnswerStore {
  private let store: LateStore<any AnswerStore>

  init(path: String) {
    store = LateStore("the kept answers are") { () throws(StorageFailure) in try SQLiteAnswerStore(path: path)
    }
  }

  func answer(to key: AnswerKey, at now: Int64) throws(StorageFailure) -> [UInt8]? {
    try store.opened().answer(to: key, at: now)
  }

  func keep(
    _ answer: KeptAnswer, to key: AnswerKey, at now: Int64, within bounds: AnswerBounds
  ) async throws(StorageFailure) {
    try await store.opened().keep(answer, to: key, at: now, within: bounds)
  }

  func clear(of tenant: TenantID, provider: String?) async throws(StorageFailure) -> Int {
    try await store.opened().clear(of: tenant, provider: provider)
  }

  func close() async { await store.end()?.close() }
}
