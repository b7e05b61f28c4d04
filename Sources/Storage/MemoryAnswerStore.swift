import Locking
package import ModelContracts
package import ToolContracts

/// The answers of a process that keeps nothing: the reference for what `AnswerStore` promises.
package final class MemoryAnswerStore: AnswerStore {
  private struct Entry {
    var answer: KeptAnswer
    /// Rises with every use of any entry.
    var used: Int64
  }
  private struct State {
    var entries: [TenantID: [String: Entry]] = [:]
    var uses: Int64 = 0
  }
  private let state = Lock(State())

  package init() {}

  package func answer(to key: AnswerKey, at now: Int64) throws(StorageFailure) -> [UInt8]? {
    state.withLock { state in
      guard let entry = state.entries[key.tenant]?[key.digest], entry.answer.expires > now else { return nil }
      state.uses += 1
      state.entries[key.tenant]?[key.digest]?.used = state.uses
      return entry.answer.json
    }
  }

  package func keep(
    _ answer: KeptAnswer, to key: AnswerKey, at now: Int64, within bounds: AnswerBounds
  ) async throws(StorageFailure) {
    guard answer.json.count <= bounds.bytes else { return }
    state.withLock { state in
      state.uses += 1
      var entries = (state.entries[key.tenant] ?? [:]).filter { $0.value.answer.expires > now }
      entries[key.digest] = Entry(answer: answer, used: state.uses)
      var bytes = entries.values.reduce(0) { $0 + $1.answer.json.count }
      while entries.count > bounds.entries || bytes > bounds.bytes,
        let oldest = entries.min(by: { $0.value.used < $1.value.used })
      {
        bytes -= oldest.value.answer.json.count
        entries[oldest.key] = nil
      }
      state.entries[key.tenant] = entries
    }
  }

  package func clear(of tenant: TenantID, provider: String?) async throws(StorageFailure) -> Int {
    state.withLock { state in
      let entries = state.entries[tenant] ?? [:]
      let left = entries.filter { provider != nil && $0.value.answer.provider != provider }
      state.entries[tenant] = left
      return entries.count - left.count
    }
  }

  package func close() async {}
}
