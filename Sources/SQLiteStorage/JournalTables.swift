import CSQLite
import Storage
import ToolContracts

/// The writing connection's statements. One thread at a time uses them.
final class JournalTables {
  private let connection: SQLiteConnection
  private let table: RunTable
  private let begin, commit, rollback, insertEvent, selectEnded, deleteEvents, deleteRun: SQLiteStatement
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
    table = try RunTable(connection)
    begin = try SQLiteStatement("BEGIN IMMEDIATE", on: connection)
    commit = try SQLiteStatement("COMMIT", on: connection)
    rollback = try SQLiteStatement("ROLLBACK", on: connection)
    insertEvent = try SQLiteStatement(
      """
      INSERT INTO events (time, tenant, run, turn, agent, kind, step, data, fence, digest)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
      """, on: connection)
    selectEnded = try SQLiteStatement(
      """
      SELECT run FROM runs WHERE tenant = ?1 AND finished < ?2 AND (conversation IS NULL OR NOT EXISTS (
        SELECT 1 FROM runs AS other INDEXED BY runs_of_conversations
        WHERE other.tenant = ?1 AND other.conversation = runs.conversation
          AND (other.finished IS NULL OR other.finished >= ?2)))
      ORDER BY finished LIMIT ?3
      """, on: connection)
    deleteEvents = try SQLiteStatement("DELETE FROM events WHERE run = ?1 AND tenant = ?2", on: connection)
    deleteRun = try SQLiteStatement("DELETE FROM runs WHERE run = ?1 AND tenant = ?2", on: connection)
  }

  convenience init(_ connection: SQLiteConnection, file: String, maxPages: Int?) throws(StorageFailure) {
    do { try self.init(connection, maxPages: maxPages) } catch { throw StorageFailure(error, file: file) }
  }

  /// What is written in one transaction: the events of callers, and then runs that nobody else writes from now on.
  typealias Work = (batches: [[JournalEvent]], claims: [RunKey])

  /// Writes all of it or none of it, durably; except for what belongs to runs that somebody else has claimed.
  ///
  /// - Parameters:
  ///   - claims: a run that is not there is left unclaimed.
  ///   - more: asked inside of the transaction for what is to be written with it, until that is nothing.
  /// - Returns: the runs that somebody else has claimed, of which no batch with an event is written; and the claimed ones, as
  ///   they were then.
  func write(
    _ batches: [[JournalEvent]], claiming claims: [RunKey] = [], more: () -> Work? = { nil }
  ) throws(SQLiteError) -> (lost: Set<RunKey>, claimed: [RunKey: RunRow]) {
    var work = (batches: batches, claims: claims)
    var lost: Set<RunKey> = []
    func isDue(_ events: [JournalEvent]) -> Bool { !events.isEmpty && !JournalTables.concern(events, lost) }
    while true {
      guard work.batches.contains(where: isDue) || !work.claims.isEmpty else { return (lost, [:]) }
      var claimed: [RunKey: RunRow] = [:]
      let found = try transaction { () throws(SQLiteError) in
        var changed: [RunKey: Int64] = [:]
        try record(work.batches.filter(isDue), &changed)
        while let next = more() {
          work.batches += next.batches
          work.claims += next.claims
          try record(next.batches.filter(isDue), &changed)
        }
        let lost = try store(changed)
        if lost.isEmpty { claimed = try claim(work.claims) }
        return lost
      }
      if found.isEmpty {
        for (key, row) in claimed { self.claims[key] = row.fence }
        return (lost, claimed)
      }
      lost.formUnion(found)
    }
  }

  /// Whether one of the events belongs to one of the runs.
  static func concern(_ events: [JournalEvent], _ runs: Set<RunKey>) -> Bool {
    !runs.isEmpty && events.contains { runs.contains(RunKey(of: $0)) }
  }

  private func claim(_ keys: [RunKey]) throws(SQLiteError) -> [RunKey: RunRow] {
    var claimed: [RunKey: RunRow] = [:]
    for key in keys {
      let row = try table.claim(key)
      (runs[key], claimed[key]) = (row, row)
    }
    return claimed
  }

  /// Writes a run as another journal had it.
  ///
  /// - Returns: false where there is a run of its name.
  func restore(_ run: RecordedRun) throws(SQLiteError) -> Bool {
    guard let projection = RunProjection(run.events) else { return true }
    let key = RunKey(tenant: run.summary.tenant, run: run.summary.run)
    let inTheWay = try transaction { () throws(SQLiteError) in
      guard try table.row(of: key) == nil else { return [key] }
      for (event, digest) in zip(run.events, run.digests) { try insert(event, key.run.description, digest) }
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

  /// - Parameter changed: the last event of each run that has new ones.
  private func record(
    _ batches: [[JournalEvent]], _ changed: inout [RunKey: Int64]
  ) throws(SQLiteError) {
    for events in batches {
      for event in events { changed[try record(event)] = connection.lastInsertedRow }
    }
  }

  /// - Returns: the runs that belong to somebody else.
  private func store(_ changed: [RunKey: Int64]) throws(SQLiteError) -> Set<RunKey> {
    var lost: Set<RunKey> = []
    for (key, sequence) in changed where !(try store(key, last: sequence)) { lost.insert(key) }
    return lost
  }

  private func record(_ event: JournalEvent) throws(SQLiteError) -> RunKey {
    let key = RunKey(of: event)
    var event = event
    event.fence = claims[key] ?? 1
    var row: RunRow
    if let known = try knownRow(of: key) {
      row = known
      row.projection.record(event)
      row.fence = event.fence
    } else {
      row = RunRow(first: event, fence: event.fence)
    }
    let digest = row.chain.append(event, of: row.name)
    runs[key] = row
    try insert(event, row.name, digest)
    return key
  }

  private func knownRow(of key: RunKey) throws(SQLiteError) -> RunRow? {
    if let row = runs[key] { return row }
    return try table.row(of: key)
  }

  private func insert(_ event: JournalEvent, _ run: String, _ digest: EventDigest?) throws(SQLiteError) {
    insertEvent.bind(1, event.time)
    insertEvent.bind(2, event.tenant.description)
    insertEvent.bind(3, run)
    insertEvent.bind(4, Int64(event.turn))
    insertEvent.bind(5, event.agent)
    insertEvent.bind(6, event.kind.rawValue)
    insertEvent.bind(7, event.step.map(Int64.init))
    insertEvent.bind(8, utf8: event.data)
    insertEvent.bind(9, Int64(event.fence))
    if let digest { insertEvent.bind(10, blob: digest.bytes) }
    try insertEvent.run()
  }

  /// - Returns: false where the run belongs to somebody else.
  private func store(_ key: RunKey, last sequence: Int64) throws(SQLiteError) -> Bool {
    guard let row = runs[key], try table.store(row, last: sequence) else { return false }
    runs[key]?.isStored = true
    if row.projection.summary.finished != nil { ended.append(key) }
    return true
  }

  private func forgetFinished() {
    // Not one run after the other, at each commit: there may be thousands that are open.
    guard ended.count > JournalTables.maxRuns / 2 || runs.count > JournalTables.maxRuns else { return }
    for key in ended { (runs[key], claims[key]) = (nil, nil) }
    ended.removeAll(keepingCapacity: true)
    if runs.count > JournalTables.maxRuns { runs.removeAll() }
  }
}
