import Locking
package import ModelContracts
package import Storage
package import ToolContracts

/// Kept answers in one SQLite file, which any number of hosts share. Looked for on the caller's own thread, changed on one
/// thread of its own. A power cut may take the newest: they can be asked for again.
package final class SQLiteAnswerStore: AnswerStore {
  private struct State {
    /// Those that nobody uses right now.
    var finders: [AnswerFinder] = []
    /// Not in the file yet.
    var uses: [AnswerKey: Int64] = [:]
  }
  /// What is not in the file by then is only how long ago something was used.
  private static let mostUses = 4096

  private let path: String
  private let busyMilliseconds: Int32
  private let thread: TableThread<AnswerTables>
  private let state = Lock(State())

  /// Blocks while the file is opened and brought up to date.
  ///
  /// - Parameters:
  ///   - path: missing folders are made, for their owner alone.
  ///   - busyMilliseconds: how long a change waits for another host before it fails with `storage_locked`.
  package init(path: String, busyMilliseconds: Int32 = 2000) throws(StorageFailure) {
    try JournalFile.create(path)
    self.path = path
    self.busyMilliseconds = busyMilliseconds
    thread = try TableThread(
      named: "jf-answers",
      open: { () throws(StorageFailure) in
        let connection = try SQLiteConnection.open(path, .readWrite, busyMilliseconds: busyMilliseconds)
        try AnswerFormat.format.prepare(connection, file: path)
        do throws(SQLiteError) { try connection.execute("PRAGMA synchronous = NORMAL") } catch {
          throw StorageFailure(error, file: path, holding: AnswerFormat.contents)
        }
        return try AnswerTables(connection, file: path)
      })
  }

  package func answer(to key: AnswerKey, at now: Int64) throws(StorageFailure) -> [UInt8]? {
    let idle = state.withLock { $0.finders.popLast() }
    let finder = if let idle { idle } else { try newFinder() }
    defer { state.withLock { $0.finders.append(finder) } }
    let answer = try finder.answer(to: key, at: now)
    if answer != nil {
      state.withLock { state in
        if state.uses.count < Self.mostUses || state.uses[key] != nil { state.uses[key] = now }
      }
    }
    return answer
  }

  private func newFinder() throws(StorageFailure) -> AnswerFinder {
    try AnswerFinder(
      SQLiteConnection.open(path, .readOnly, busyMilliseconds: busyMilliseconds), file: path)
  }

  package func keep(
    _ answer: KeptAnswer, to key: AnswerKey, at now: Int64, within bounds: AnswerBounds
  ) async throws(StorageFailure) {
    guard answer.json.count <= bounds.bytes else { return }
    let uses = takeUses()
    try await ask { tables throws(StorageFailure) in
      try tables.keep(answer, to: key, at: now, within: bounds, uses: uses)
    }
  }

  package func clear(of tenant: TenantID, provider: String?) async throws(StorageFailure) -> Int {
    try await ask { tables throws(StorageFailure) in try tables.clear(of: tenant, provider: provider) }
  }

  package func close() async {
    let uses = takeUses()
    if !uses.isEmpty {
      // Without them, what was used goes a little too soon.
      try? await ask { tables throws(StorageFailure) in try tables.note(usesAtTheEnd: uses) }
    }
    await thread.close()
    state.withLock { $0.finders = [] }
  }

  private func takeUses() -> [AnswerKey: Int64] {
    state.withLock { state in
      defer { state.uses = [:] }
      return state.uses
    }
  }

  private func ask<Answer: Sendable>(
    _ question: @escaping @Sendable (AnswerTables) throws(StorageFailure) -> Answer
  ) async throws(StorageFailure) -> Answer {
    try await thread.ask(orThrow: StorageFailure(.closed, "the kept answers are closed"), question)
  }
}
