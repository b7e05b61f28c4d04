import Locking
package import Storage
package import ToolContracts

/// Plugins' values in one SQLite file, used by one thread of its own. A change that was answered survives a power cut.
package final class SQLiteKeyValueStore: KeyValueStore {
  private typealias Question = @Sendable (KeyValueTables) -> Void
  private struct Inbox {
    var questions: [Question] = []
    var isClosed = false
  }
  private let inbox: Condition<Inbox>
  private let thread: WorkerThread

  /// Blocks while the file is opened and brought up to date.
  ///
  /// - Parameters:
  ///   - path: missing folders are made, for their owner alone.
  ///   - busyMilliseconds: how long a change waits for another process before it fails with `storage_locked`.
  package init(path: String, time: any TimeSource, busyMilliseconds: Int32 = 2000) throws(StorageFailure) {
    try JournalFile.create(path)
    let inbox = Condition(Inbox())
    self.inbox = inbox
    thread = try WorkerThread(
      named: "jf-values",
      open: { () throws(StorageFailure) in
        let connection = try SQLiteConnection.open(path, .readWrite, busyMilliseconds: busyMilliseconds)
        try KeyValueFormat.format.prepare(connection, file: path)
        return try KeyValueTables(connection, file: path, time: time)
      }, use: { tables in Self.answer(inbox, from: tables) })
  }

  deinit { Self.close(inbox) }

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

  package func close() async {
    Self.close(inbox)
    await thread.join()
  }

  private func ask<Answer: Sendable>(
    _ question: @escaping @Sendable (KeyValueTables) throws(KeyValueFailure) -> Answer
  ) async throws(KeyValueFailure) -> Answer {
    let answer: Result<Answer, KeyValueFailure> = await withCheckedContinuation { continuation in
      let isTaken = inbox.withLock { inbox in
        guard !inbox.isClosed else { return false }
        inbox.questions.append { tables in
          do throws(KeyValueFailure) {
            continuation.resume(returning: .success(try question(tables)))
          } catch { continuation.resume(returning: .failure(error)) }
        }
        return true
      }
      guard !isTaken else { return inbox.signal() }
      continuation.resume(returning: .failure(.storage(StorageFailure(.closed, "the store is closed"))))
    }
    return try answer.get()
  }

  /// The thread's whole life: ends once the store is closed and everything is answered.
  private static func answer(_ inbox: Condition<Inbox>, from tables: KeyValueTables) {
    while true {
      let questions = inbox.wait { inbox -> [Question]? in
        guard !inbox.questions.isEmpty else { return inbox.isClosed ? [] : nil }
        defer { inbox.questions = [] }
        return inbox.questions
      }
      if questions.isEmpty { return }
      for question in questions { question(tables) }
    }
  }

  private static func close(_ inbox: Condition<Inbox>) {
    inbox.withLock { $0.isClosed = true }
    inbox.broadcast()
  }
}
