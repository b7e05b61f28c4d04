import Locking
package import Storage
package import Telemetry
package import ToolContracts

/// The journal in one SQLite file. Durable means committed with `synchronous = FULL`: written ahead and synced.
///
/// It has two threads of its own, one that writes and one that reads. Other processes may read the file, or write to
/// it, at the same time.
package final class SQLiteJournal: RunJournal, EventSource {
  private let writer: JournalWriter
  private let reader: TableThread<JournalQueries>
  private let writing: WorkerThread

  /// Blocks while the file is opened and brought up to date.
  ///
  /// - Parameters:
  ///   - path: missing folders are made, for their owner alone.
  ///   - busyMilliseconds: how long a write waits for another process before it fails with `storage_locked`.
  package convenience init(path: String, log: Log, busyMilliseconds: Int32 = 2000) throws(StorageFailure) {
    try self.init(path: path, log: log, busyMilliseconds: busyMilliseconds, maxPages: nil)
  }

  /// - Parameter maxPages: of the file; beyond it the disk counts as full.
  init(path: String, log: Log, busyMilliseconds: Int32, maxPages: Int?) throws(StorageFailure) {
    try JournalFile.create(path)
    try WriteAheadLog(of: path).check()
    let open: @Sendable (Int64) throws(StorageFailure) -> JournalTables = { (most) throws(StorageFailure) in
      let connection = try SQLiteConnection.open(path, .readWrite, busyMilliseconds: busyMilliseconds)
      try JournalFormat.format.prepare(connection, file: path)
      try JournalFile.check(path, connection, most: most)
      return try JournalTables(connection, file: path, maxPages: maxPages)
    }
    let writer = JournalWriter(file: path, log: log) { () throws(StorageFailure) in try open(.max) }
    writing = try WorkerThread(
      named: "jf-journal",
      open: { () throws(StorageFailure) in try open(JournalFile.maxBytesCheckedAtOnce) },
      use: { writer.run($0) })
    do {
      reader = try TableThread(
        named: "jf-journal-read",
        open: { () throws(StorageFailure) in
          let connection = try SQLiteConnection.open(path, .readOnly, busyMilliseconds: busyMilliseconds)
          return try JournalQueries(connection, file: path)
        })
    } catch {
      writer.close()
      throw error
    }
    self.writer = writer
  }

  deinit {
    // Not joined here: whoever lets go may be one of the two threads.
    writer.close()
  }

  package func append(_ events: [JournalEvent], _ durability: Durability) async throws(StorageFailure) {
    if durability == .trace && writer.append(events, answer: nil) { return }
    try await appendAwaited(events).get()
  }

  package func events(of run: RunID, tenant: TenantID) async throws(StorageFailure) -> [JournalEvent] {
    try await record(of: run, tenant: tenant)?.events ?? []
  }

  package func record(of run: RunID, tenant: TenantID) async throws(StorageFailure) -> RecordedRun? {
    try await ask(about: run) { queries throws(StorageFailure) in
      try queries.record(of: run, tenant: tenant)
    }
  }

  package func claim(_ run: RunID, tenant: TenantID) async throws(StorageFailure) {
    _ = try await claim(RunKey(tenant: tenant, run: run))
  }

  package func claim(_ recorded: RecordedRun) async throws(StorageFailure) -> Bool {
    let row = try await claim(RunKey(tenant: recorded.summary.tenant, run: recorded.summary.run))
    return row?.fence == recorded.fence + 1 && row?.chain.head == recorded.head
      && row?.projection.summary.eventCount == recorded.summary.eventCount
  }

  private func claim(_ key: RunKey) async throws(StorageFailure) -> RunRow? {
    let answer: Result<RunRow?, StorageFailure> = await withCheckedContinuation { continuation in
      let isTaken = writer.claim(key) { continuation.resume(returning: $0) }
      if !isTaken { continuation.resume(returning: .failure(.closed)) }
    }
    return try answer.get()
  }

  package func removeRuns(
    of tenant: TenantID, endedBefore moment: Int64, limit: Int
  ) async throws(StorageFailure) -> Int {
    try await write { tables throws(SQLiteError) in
      try tables.removeRuns(of: tenant, endedBefore: moment, limit: limit)
    }
  }

  package func newestEnd(
    of tenant: TenantID, beyond count: Int?, bytes: Int?
  ) async throws(StorageFailure) -> Int64? {
    try await ask { queries throws(StorageFailure) in
      try queries.newestEnd(of: tenant, beyond: count, bytes: bytes)
    }
  }

  package func check() async throws(StorageFailure) {
    try await ask { queries throws(StorageFailure) in try queries.check() }
  }

  package func restore(_ run: RecordedRun) async throws(StorageFailure) {
    let isNew = try await write { tables throws(SQLiteError) in try tables.restore(run) }
    guard isNew else { throw .runExists(run.summary.run) }
  }

  package func runs(tenant: TenantID, limit: Int, before: RunID?) async throws(StorageFailure) -> [RunSummary]
  {
    try await ask { queries throws(StorageFailure) in
      try queries.runs(tenant: tenant, limit: limit, before: before)
    }
  }

  package func unfinishedRuns(
    tenant: TenantID, limit: Int, before: RunID?
  ) async throws(StorageFailure) -> [RunSummary] {
    try await ask { queries throws(StorageFailure) in
      try queries.unfinishedRuns(tenant: tenant, limit: limit, before: before)
    }
  }

  package func events(
    ofKinds kinds: Set<JournalEvent.Kind>, tenant: TenantID?, since moment: Int64, after sequence: Int64,
    limit: Int
  ) async throws(StorageFailure) -> [JournalEvent] {
    try await ask { queries throws(StorageFailure) in
      try queries.events(ofKinds: kinds, tenant: tenant, since: moment, after: sequence, limit: limit)
    }
  }

  package func conversations(
    tenant: TenantID, user: String?, limit: Int, before: ConversationID?
  ) async throws(StorageFailure) -> [ConversationSummary] {
    try await ask { queries throws(StorageFailure) in
      try queries.conversations(tenant: tenant, user: user, limit: limit, before: before)
    }
  }

  package func runs(
    of conversation: ConversationID, tenant: TenantID
  ) async throws(StorageFailure) -> [RunSummary] {
    try await ask { queries throws(StorageFailure) in
      try queries.runs(of: conversation, tenant: tenant)
    }
  }

  package func close() async {
    // In this order: the last connection moves what is in the log to the file, and one that only reads cannot.
    await reader.close()
    writer.close()
    await writing.join()
  }

  /// Transactions written so far.
  var commits: Int { writer.commits }
  /// Appended, and neither written nor given up yet.
  var unwrittenEvents: Int { writer.unwrittenEvents }
  /// Asked for, and not made yet.
  var unwrittenClaims: Int { writer.unwrittenClaims }

  private func appendAwaited(_ events: [JournalEvent]) async -> Result<Void, StorageFailure> {
    await withCheckedContinuation { continuation in
      let isTaken = writer.append(events) { continuation.resume(returning: $0) }
      if !isTaken { continuation.resume(returning: .failure(.closed)) }
    }
  }

  /// - Parameter change: done by the writing thread, outside of a transaction.
  private func write<Value: Sendable>(
    _ change: @escaping @Sendable (JournalTables) throws(SQLiteError) -> Value
  ) async throws(StorageFailure) -> Value {
    let answer: Result<Value, StorageFailure> = await withCheckedContinuation { continuation in
      let isTaken = writer.perform { journal in
        do throws(StorageFailure) {
          continuation.resume(returning: .success(try journal.change(change)))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
      if !isTaken { continuation.resume(returning: .failure(.closed)) }
    }
    return try answer.get()
  }

  /// - Parameter run: nil where it is asked about more than one run.
  private func ask<Value: Sendable>(
    about run: RunID? = nil,
    _ question: @escaping @Sendable (JournalQueries) throws(StorageFailure) -> Value
  ) async throws(StorageFailure) -> Value {
    // What was only traced so far is not in the file yet, and who asks wants to see it. Where it cannot be written, the
    // rest can still be read.
    let isBehind = run.map(writer.isWriting) ?? (writer.unwrittenEvents > 0)
    if isBehind { _ = await appendAwaited([]) }
    return try await reader.ask(orThrow: .closed, question)
  }
}

extension StorageFailure {
  fileprivate static let closed = StorageFailure(.closed, "the journal is closed")
}
