import Locking
package import ToolContracts

/// The reference for what `KeyValueStore` promises; forgets everything with its process.
package final class MemoryKeyValueStore: KeyValueStore {
  private struct Entry {
    var value: StoredValue
    var expires: Int64?
  }
  private struct Space {
    var entries: [String: Entry] = [:]
    var lastVersion: UInt64 = 0
    var bytes: Int { entries.reduce(0) { $0 + $1.key.utf8.count + $1.value.value.bytes.count } }
  }
  private struct State {
    var spaces: [KeySpace: Space] = [:]
    var isClosed = false
  }
  private let state = Lock(State())
  private let time: any TimeSource

  package init(time: any TimeSource) { self.time = time }

  package func value(of key: String, in space: KeySpace) async throws(KeyValueFailure) -> StoredValue? {
    try use(space) { space throws(KeyValueFailure) in space.entries[key]?.value }
  }

  package func put(
    _ value: [UInt8], at key: String, in space: KeySpace, expecting expected: KeyExpectation, expires: Int64?,
    quota: KeySpaceQuota
  ) async throws(KeyValueFailure) -> UInt64 {
    try use(space) { space throws(KeyValueFailure) in
      let found = space.entries[key]
      guard expected.accepts(found?.value.version) else { throw .conflict }
      var grown = space
      grown.lastVersion += 1
      let stored = StoredValue(bytes: value, version: grown.lastVersion)
      grown.entries[key] = Entry(value: stored, expires: expires)
      guard grown.entries.count <= quota.keys, grown.bytes <= quota.bytes else { throw .overQuota }
      space = grown
      return stored.version
    }
  }

  package func remove(
    _ key: String, in space: KeySpace, expecting expected: KeyExpectation
  ) async throws(KeyValueFailure) {
    try use(space) { space throws(KeyValueFailure) in
      guard let found = space.entries[key] else { throw .notFound }
      guard expected.accepts(found.value.version) else { throw .conflict }
      space.entries[key] = nil
    }
  }

  package func keys(
    in space: KeySpace, prefix: String, after: String, limit: Int
  ) async throws(KeyValueFailure) -> [StoredKey] {
    try use(space) { space throws(KeyValueFailure) in
      // By their bytes, as every store has them: Swift's own order of strings is another.
      space.entries.filter { key, _ in
        key.utf8.starts(with: prefix.utf8) && after.utf8.lexicographicallyPrecedes(key.utf8)
      }.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.prefix(max(0, limit)).map {
        key, entry in
        StoredKey(key: key, version: entry.value.version, byteCount: entry.value.bytes.count)
      }
    }
  }

  package func close() async { state.withLock { $0.isClosed = true } }

  /// Leaves out what has expired.
  private func use<Answer>(
    _ space: KeySpace, _ body: (inout Space) throws(KeyValueFailure) -> Answer
  ) throws(KeyValueFailure) -> Answer {
    let now = time.wallClock()
    return try state.withLock { state throws(KeyValueFailure) in
      guard !state.isClosed else { throw .storage(StorageFailure(.closed, "the store is closed")) }
      var found = state.spaces[space] ?? Space()
      found.entries = found.entries.filter { _, entry in entry.expires.map { $0 > now } ?? true }
      let answer = try body(&found)
      state.spaces[space] = found
      return answer
    }
  }
}
