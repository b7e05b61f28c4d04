import Storage
import ToolContracts

/// The writing connection's statements. One thread at a time uses them.
final class JournalTables {
  private let connection: SQLiteConnection
  private let begin, commit, rollback, insertEvent, selectRun, upsertRun: SQLiteStatement
  /// Runs that are still open, as they are in the file.
  private var projections: [RunKey: RunProjection] = [:]
  private static let maxProjections = 4096

  init(_ connection: SQLiteConnection, maxPages: Int?) throws(SQLiteError) {
    if let maxPages { try connection.execute("PRAGMA max_page_count = \(maxPages)") }
    self.connection = connection
    begin = try SQLiteStatement("BEGIN IMMEDIATE", on: connection)
    commit = try SQLiteStatement("COMMIT", on: connection)
    rollback = try SQLiteStatement("ROLLBACK", on: connection)
    insertEvent = try SQLiteStatement(
      """
      INSERT INTO events (time, tenant, run, turn, agent, kind, step, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
      """, on: connection)
    selectRun = try SQLiteStatement(
      "SELECT \(RunRow.columns) FROM runs WHERE tenant = ?1 AND run = ?2", on: connection)
    upsertRun = try SQLiteStatement(
      """
      INSERT INTO runs (tenant, run, subject, name, status, reached_limit, started, finished, event_count, last_seq)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
      ON CONFLICT (tenant, run) DO UPDATE SET status = excluded.status, reached_limit = excluded.reached_limit,
        finished = excluded.finished, event_count = excluded.event_count, last_seq = excluded.last_seq
      """, on: connection)
  }

  convenience init(_ connection: SQLiteConnection, file: String, maxPages: Int?) throws(StorageFailure) {
    do { try self.init(connection, maxPages: maxPages) } catch { throw StorageFailure(error, file: file) }
  }

  /// Writes all of it or none of it, durably.
  func write(_ batches: some Collection<[JournalEvent]>) throws(SQLiteError) {
    guard batches.contains(where: { !$0.isEmpty }) else { return }
    do {
      try begin.run()
      var changed: [RunKey: Int64] = [:]
      for events in batches {
        for event in events { changed[try record(event)] = connection.lastInsertedRow }
      }
      for (key, sequence) in changed { try store(key, last: sequence) }
      try commit.run()
    } catch {
      // What is known of the runs includes events that are not there.
      projections.removeAll()
      // SQLite may have rolled back already, as it does where the disk is full.
      if connection.isInTransaction { try? rollback.run() }
      throw error
    }
    forgetFinished()
  }

  private func record(_ event: JournalEvent) throws(SQLiteError) -> RunKey {
    insertEvent.bind(1, event.time)
    insertEvent.bind(2, event.tenant.description)
    insertEvent.bind(3, event.run.description)
    insertEvent.bind(4, Int64(event.turn))
    insertEvent.bind(5, event.agent)
    insertEvent.bind(6, event.kind.rawValue)
    insertEvent.bind(7, event.step.map(Int64.init))
    insertEvent.bind(8, utf8: event.data)
    try insertEvent.run()
    let key = RunKey(tenant: event.tenant, run: event.run)
    if projections[key] == nil { projections[key] = try load(key) }
    if projections[key]?.record(event) == nil { projections[key] = RunProjection(first: event) }
    return key
  }

  private func load(_ key: RunKey) throws(SQLiteError) -> RunProjection? {
    defer { selectRun.reset() }
    selectRun.bind(1, key.tenant.description)
    selectRun.bind(2, key.run.description)
    return try selectRun.step() ? RunRow.projection(selectRun) : nil
  }

  private func store(_ key: RunKey, last sequence: Int64) throws(SQLiteError) {
    guard let projection = projections[key] else { return }
    let summary = projection.summary
    upsertRun.bind(1, key.tenant.description)
    upsertRun.bind(2, key.run.description)
    upsertRun.bind(3, projection.subject.rawValue)
    upsertRun.bind(4, summary.name)
    upsertRun.bind(5, summary.status.rawValue)
    upsertRun.bind(6, projection.reachedLimit ? 1 : 0)
    upsertRun.bind(7, summary.started)
    upsertRun.bind(8, summary.finished)
    upsertRun.bind(9, Int64(summary.eventCount))
    upsertRun.bind(10, sequence)
    try upsertRun.run()
  }

  private func forgetFinished() {
    guard projections.count > JournalTables.maxProjections / 2 else { return }
    projections = projections.filter { $0.value.summary.status == .open }
    if projections.count > JournalTables.maxProjections { projections.removeAll() }
  }
}

struct RunKey: Hashable {
  let tenant: TenantID
  let run: RunID
}
