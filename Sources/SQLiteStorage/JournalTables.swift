import CSQLite
import Storage
import ToolContracts

/// The writing connection's statements. One thread at a time uses them.
final class JournalTables {
  private let connection: SQLiteConnection
  private let begin, commit, rollback, insertEvent, selectRun, upsertRun, claimRun: SQLiteStatement
  private let selectEnded, deleteEvents, deleteRun: SQLiteStatement
  /// Runs that are still open, as they are in the file.
  private var runs: [RunKey: RunRow] = [:]
  private static let maxRuns = 4096
  /// Of those that are known, in the order of their ends: they are forgotten first.
  private var ended: [RunKey] = []
  /// Of runs that were claimed here. All others were begun here, with 1.
  var claims: [RunKey: UInt32] = [:]

  init(_ connection: SQLiteConnection, maxPages: Int?) throws(SQLiteError) {
    if let maxPages { try connection.execute("PRAGMA max_page_count = \(maxPages)") }
    self.connection = connection
    begin = try SQLiteStatement("BEGIN IMMEDIATE", on: connection)
    commit = try SQLiteStatement("COMMIT", on: connection)
    rollback = try SQLiteStatement("ROLLBACK", on: connection)
    insertEvent = try SQLiteStatement(
      """
      INSERT INTO events (time, tenant, run, turn, agent, kind, step, data, fence, digest)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
      """, on: connection)
    selectRun = try SQLiteStatement(
      "SELECT \(RunRow.columns) FROM runs WHERE tenant = ?1 AND run = ?2", on: connection)
    // Changes no row where the run was claimed by somebody else.
    upsertRun = try SQLiteStatement(
      """
      INSERT INTO runs
        (tenant, run, subject, name, status, reached_limit, started, finished, event_count, last_seq, fence, digest,
        conversation, user)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
      ON CONFLICT (tenant, run) DO UPDATE SET status = excluded.status, reached_limit = excluded.reached_limit,
        finished = excluded.finished, event_count = excluded.event_count, last_seq = excluded.last_seq,
        digest = excluded.digest
      WHERE fence = excluded.fence
      """, on: connection)
    claimRun = try SQLiteStatement(
      "UPDATE runs SET fence = fence + 1 WHERE tenant = ?1 AND run = ?2 RETURNING fence", on: connection)
    selectEnded = try SQLiteStatement(
      """
      SELECT run FROM runs WHERE tenant = ?1 AND finished < ?2 AND (conversation IS NULL OR NOT EXISTS (
        SELECT 1 FROM runs AS other WHERE other.tenant = ?1 AND other.conversation = runs.conversation
          AND (other.finished IS NULL OR other.finished >= ?2)))
      ORDER BY run LIMIT ?3
      """, on: connection)
    deleteEvents = try SQLiteStatement("DELETE FROM events WHERE run = ?1 AND tenant = ?2", on: connection)
    deleteRun = try SQLiteStatement("DELETE FROM runs WHERE run = ?1 AND tenant = ?2", on: connection)
  }

  convenience init(_ connection: SQLiteConnection, file: String, maxPages: Int?) throws(StorageFailure) {
    do { try self.init(connection, maxPages: maxPages) } catch { throw StorageFailure(error, file: file) }
  }

  /// Writes all of it or none of it, durably; except for what belongs to runs that somebody else has claimed.
  ///
  /// - Returns: those runs. No batch with an event of one of them is written.
  func write(_ batches: [[JournalEvent]]) throws(SQLiteError) -> Set<RunKey> {
    var lost: Set<RunKey> = []
    while true {
      let due = batches.filter { !$0.isEmpty && !JournalTables.concern($0, lost) }
      guard !due.isEmpty else { return lost }
      let found = try transaction { () throws(SQLiteError) in try record(due) }
      guard !found.isEmpty else { return lost }
      lost.formUnion(found)
    }
  }

  /// Whether one of the events belongs to one of the runs.
  static func concern(_ events: [JournalEvent], _ runs: Set<RunKey>) -> Bool {
    !runs.isEmpty && events.contains { runs.contains(RunKey(of: $0)) }
  }

  /// From now on nobody else writes this run. Does nothing about a run that is not there.
  func claim(_ key: RunKey) throws(SQLiteError) {
    runs[key] = nil
    defer { claimRun.reset() }
    claimRun.bind(1, key.tenant.description)
    claimRun.bind(2, key.run.description)
    guard try claimRun.step() else { return }
    let fence = UInt32(truncatingIfNeeded: claimRun.integer(0))
    // The change is made for good once there is no further row.
    _ = try claimRun.step()
    claims[key] = fence
  }

  /// Writes a run as another journal had it.
  ///
  /// - Returns: false where there is a run of its name.
  func restore(_ run: RecordedRun) throws(SQLiteError) -> Bool {
    guard let projection = RunProjection(run.events) else { return true }
    let key = RunKey(tenant: run.summary.tenant, run: run.summary.run)
    let inTheWay = try transaction { () throws(SQLiteError) in
      guard try load(key) == nil else { return [key] }
      for (event, digest) in zip(run.events, run.digests) { try insert(event, digest) }
      runs[key] = RunRow(projection: projection, chain: EventChain(after: run.head), fence: run.fence)
      _ = try store(key, last: connection.lastInsertedRow)
      return []
    }
    runs[key] = nil
    return inTheWay.isEmpty
  }

  /// - Returns: how many were removed.
  func removeRuns(
    of tenant: TenantID, endedBefore moment: Int64, limit: Int
  ) throws(SQLiteError) -> Int {
    var removed: [RunKey] = []
    _ = try transaction { () throws(SQLiteError) in
      removed = try endedRuns(of: tenant, before: moment, limit: limit)
      for key in removed {
        for statement in [deleteEvents, deleteRun] {
          statement.bind(1, key.run.description)
          statement.bind(2, key.tenant.description)
          try statement.run()
        }
      }
      return []
    }
    for key in removed { (runs[key], claims[key]) = (nil, nil) }
    return removed.count
  }

  private func endedRuns(
    of tenant: TenantID, before moment: Int64, limit: Int
  ) throws(SQLiteError) -> [RunKey] {
    defer { selectEnded.reset() }
    selectEnded.bind(1, tenant.description)
    selectEnded.bind(2, moment)
    selectEnded.bind(3, Int64(max(0, limit)))
    var found: [RunKey] = []
    while try selectEnded.step() {
      if let run = RunID(selectEnded.text(0)) { found.append(RunKey(tenant: tenant, run: run)) }
    }
    return found
  }

  /// - Parameter body: says which runs are in the way; where there are any, nothing is changed.
  private func transaction(
    _ body: () throws(SQLiteError) -> Set<RunKey>
  ) throws(SQLiteError) -> Set<RunKey> {
    do {
      try begin.run()
      let lost = try body()
      guard lost.isEmpty else {
        abandon()
        return lost
      }
      try commit.run()
      forgetFinished()
      return []
    } catch {
      abandon()
      throw error
    }
  }

  private func abandon() {
    // What is known of the runs includes events that are not there.
    runs.removeAll()
    ended.removeAll()
    // SQLite may have rolled back already, as it does where the disk is full.
    if connection.isInTransaction { try? rollback.run() }
  }

  private func record(_ batches: [[JournalEvent]]) throws(SQLiteError) -> Set<RunKey> {
    var changed: [RunKey: Int64] = [:]
    for events in batches {
      for event in events { changed[try record(event)] = connection.lastInsertedRow }
    }
    var lost: Set<RunKey> = []
    for (key, sequence) in changed where !(try store(key, last: sequence)) { lost.insert(key) }
    return lost
  }

  private func record(_ event: JournalEvent) throws(SQLiteError) -> RunKey {
    let key = RunKey(of: event)
    var event = event
    event.fence = claims[key] ?? 1
    if runs[key] == nil { runs[key] = try load(key) }
    var row: RunRow
    if let known = runs[key] {
      row = known
      row.projection.record(event)
      row.fence = event.fence
    } else {
      row = RunRow(first: event, fence: event.fence)
    }
    let digest = row.chain.append(event)
    runs[key] = row
    try insert(event, digest)
    return key
  }

  private func insert(_ event: JournalEvent, _ digest: EventDigest?) throws(SQLiteError) {
    insertEvent.bind(1, event.time)
    insertEvent.bind(2, event.tenant.description)
    insertEvent.bind(3, event.run.description)
    insertEvent.bind(4, Int64(event.turn))
    insertEvent.bind(5, event.agent)
    insertEvent.bind(6, event.kind.rawValue)
    insertEvent.bind(7, event.step.map(Int64.init))
    insertEvent.bind(8, utf8: event.data)
    insertEvent.bind(9, Int64(event.fence))
    if let digest { insertEvent.bind(10, blob: digest.bytes) }
    try insertEvent.run()
  }

  private func load(_ key: RunKey) throws(SQLiteError) -> RunRow? {
    defer { selectRun.reset() }
    selectRun.bind(1, key.tenant.description)
    selectRun.bind(2, key.run.description)
    guard try selectRun.step() else { return nil }
    guard let row = RunRow(selectRun) else {
      throw SQLiteError(code: SQLITE_CORRUPT, systemError: 0, message: "the run's row makes no sense")
    }
    return row
  }

  /// - Returns: false where the run belongs to somebody else.
  private func store(_ key: RunKey, last sequence: Int64) throws(SQLiteError) -> Bool {
    guard let row = runs[key] else { return false }
    let summary = row.projection.summary
    upsertRun.bind(1, key.tenant.description)
    upsertRun.bind(2, key.run.description)
    upsertRun.bind(3, row.projection.subject.rawValue)
    upsertRun.bind(4, summary.name)
    upsertRun.bind(5, summary.status.rawValue)
    upsertRun.bind(6, row.projection.reachedLimit ? 1 : 0)
    upsertRun.bind(7, summary.started)
    upsertRun.bind(8, summary.finished)
    upsertRun.bind(9, Int64(summary.eventCount))
    upsertRun.bind(10, sequence)
    upsertRun.bind(11, Int64(row.fence))
    if let head = row.chain.head { upsertRun.bind(12, blob: head.bytes) }
    if let conversation = summary.conversation { upsertRun.bind(13, conversation.description) }
    upsertRun.bind(14, summary.user)
    try upsertRun.run()
    if summary.finished != nil { ended.append(key) }
    return connection.changedRows > 0
  }

  private func forgetFinished() {
    // Not one run after the other, at each commit: there may be thousands that are open.
    guard ended.count > JournalTables.maxRuns / 2 || runs.count > JournalTables.maxRuns else { return }
    for key in ended { (runs[key], claims[key]) = (nil, nil) }
    ended.removeAll(keepingCapacity: true)
    if runs.count > JournalTables.maxRuns { runs.removeAll() }
  }
}
