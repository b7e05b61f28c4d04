package import Storage
package import ToolContracts

/// Plugins' values in one SQLite file, used by one thread of its own. A change that was answered survives a power cut.
package final class SQLiteKeyValueStore: KeyValueStore {
  private let thread: TableThread<KeyValueTables>

  /// Blocks while the file is opened and brought up to date.
  ///
  /// - Parameters:
  ///   - path: missing folders are made, for their owner alone.
  ///   - busyMilliseconds: how long a change waits for another process before it fails with `storage_locked`.
  package init(path: String, time: any TimeSource, busyMilliseconds: Int32 = 2000) throws(StorageFailure) {
    try JournalFile.create(path)
    thread = try TableThread(
      named: "jf-values",
      open: { () throws(StorageFailure) in
        let connection = try SQLiteConnection.open(path, .readWrite, busyMilliseconds: busyMilliseconds)
        try KeyValueFormat.format.prepare(connection, file: path)
        return try KeyValueTables(connection, file: path, time: time)
      })
  }

  package func value(of key: String, in space: KeySpace) async throws(KeyValueFailure) -> StoredValue? {
    try await ask { tables throws(KeyValueFailure) in try tables.value(of: key, in: space) }
  }

  package func put(
    _ value: [UInt8], at key: String, in space: KeySpace, expecting expected: KeyExpectation, expires: Int64?,
    quota: KeySpaceQuota
  ) async throws(KeyValueFailure) -> UInt64 {
    try await ask { tables throws(KeyValueFailure) in
      try tables.put(value, at: key, in: space, expecting: expected, expires: expires, quota: quota)
    }
  }

  package func remove(
    _ key: String, in space: KeySpace, expecting expected: KeyExpectation
  ) async throws(KeyValueFailure) {
    try await ask { tables throws(KeyValueFailure) in try tables.remove(key, in: space, expecting: expected) }
  }

  package func keys(
    in space: KeySpace, prefix: String, after: String, limit: Int
  ) async throws(KeyValueFailure) -> [StoredKey] {
    try await ask { tables throws(KeyValueFailure) in
      try tables.keys(in: space, prefix: prefix, after: after, limit: limit)
    }
  }

  package func close() async { await thread.close() }

  private func ask<Answer: Sendable>(
    _ question: @escaping @Sendable (KeyValueTables) throws(KeyValueFailure) -> Answer
  ) async throws(KeyValueFailure) -> Answer {
    try await thread.ask(orThrow: .storage(StorageFailure(.closed, "the store is closed")), question)
  }
}
