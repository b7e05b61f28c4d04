import Storage
import ToolContracts

/// The reading connection's statements. One thread at a time uses them.
final class JournalQueries {
  private let connection: SQLiteConnection
  private let file: String
  private let begin, end, selectEvents, selectKinds, selectRun, selectRuns, selectUnfinished: SQLiteStatement
  private let selectConversations, selectTurns, selectEndBeyondCount,
    selectEndBeyondBytes: SQLiteStatement

  private init(preparing connection: SQLiteConnection, file: String) throws(SQLiteError) {
    self.connection = connection
    self.file = file
    begin = try SQLiteStatement("BEGIN", on: connection)
    end = try SQLiteStatement("COMMIT", on: connection)
    selectRun = try SQLiteStatement(
      "SELECT \(RunRow.columns) FROM runs WHERE run = ?1 AND tenant = ?2", on: connection)
    selectEvents = try SQLiteStatement(
      "SELECT \(EventRow.columns) FROM events WHERE run = ?1 AND tenant = ?2 ORDER BY seq", on: connection)
    selectKinds = try SQLiteStatement(
      """
      SELECT \(EventRow.columns) FROM events
        WHERE seq > ?1 AND time >= ?2 AND (?3 = '' OR tenant = ?3) AND instr(?4, ' ' || kind || ' ') > 0
        ORDER BY seq LIMIT ?5
      """, on: connection)
    // '~' sorts after every run.
    selectRuns = try SQLiteStatement(
      """
      SELECT \(RunRow.columns) FROM runs WHERE tenant = ?1 AND run < coalesce(?2, '~') ORDER BY run DESC LIMIT ?3
      """, on: connection)
    selectUnfinished = try SQLiteStatement(
      """
      SELECT \(RunRow.columns) FROM runs WHERE finished IS NULL AND tenant = ?1 AND run < coalesce(?2, '~')
      ORDER BY run DESC LIMIT ?3
      """, on: connection)
    selectConversations = try SQLiteStatement(
      """
      SELECT DISTINCT conversation FROM runs WHERE tenant = ?1 AND conversation IS NOT NULL
        AND conversation < coalesce(?2, '~') AND user = coalesce(?4, user)
      ORDER BY conversation DESC LIMIT ?3
      """, on: connection)
    selectTurns = try SQLiteStatement(
      "SELECT \(RunRow.columns) FROM runs WHERE tenant = ?1 AND conversation = ?2 ORDER BY run",
      on: connection)
    selectEndBeyondCount = try SQLiteStatement(
      """
      SELECT finished FROM runs WHERE tenant = ?1 AND finished IS NOT NULL
      ORDER BY finished DESC LIMIT 1 OFFSET ?2
      """, on: connection)
    selectEndBeyondBytes = try SQLiteStatement(
      """
      SELECT finished FROM (
        SELECT finished, sum(bytes) OVER (ORDER BY finished DESC ROWS UNBOUNDED PRECEDING) AS held
        FROM runs WHERE tenant = ?1 AND finished IS NOT NULL)
      WHERE held > ?2 LIMIT 1
      """, on: connection)
  }

  convenience init(_ connection: SQLiteConnection, file: String) throws(StorageFailure) {
    do { try self.init(preparing: connection, file: file) } catch { throw StorageFailure(error, file: file) }
  }

  /// - Throws: `corrupt` where something in the file is damaged.
  func check() throws(StorageFailure) {
    do { try connection.checkIntegrity() } catch { throw StorageFailure(error, file: file) }
  }

  /// - Throws: `corrupt` where the file does not have all events that it says it has.
  func record(of run: RunID, tenant: TenantID) throws(StorageFailure) -> RecordedRun? {
    for statement in [selectRun, selectEvents] {
      statement.bind(1, run.description)
      statement.bind(2, tenant.description)
    }
    let (found, events) = try inOneMoment { () throws(StorageFailure) in
      (try rows(of: selectRun, RunRow.init).first, try rows(of: selectEvents, EventRow.init))
    }
    guard events.count == found?.projection.summary.eventCount ?? 0 else {
      throw StorageFailure(
        .corrupt,
        "the journal '\(file)' is damaged: of the run \(run) it has \(events.count) events, and should have "
          + "\(found?.projection.summary.eventCount ?? 0); restore a copy")
    }
    return found.map {
      RecordedRun(
        summary: $0.projection.summary, events: events.map(\.event), digests: events.map(\.digest),
        head: $0.chain.head, fence: $0.fence)
    }
  }

  func events(
    ofKinds kinds: Set<JournalEvent.Kind>, tenant: TenantID?, since moment: Int64, after sequence: Int64,
    limit: Int
  ) throws(StorageFailure) -> [JournalEvent] {
    selectKinds.bind(1, sequence)
    selectKinds.bind(2, moment)
    selectKinds.bind(3, tenant?.description ?? "")
    selectKinds.bind(4, kinds.map { " \($0.rawValue) " }.joined())
    selectKinds.bind(5, Int64(max(0, limit)))
    return try rows(of: selectKinds) { EventRow($0)?.event }
  }

  private func inOneMoment<Answer>(
    _ body: () throws(StorageFailure) -> Answer
  ) throws(StorageFailure) -> Answer {
    try run(begin)
    do throws(StorageFailure) {
      let answer = try body()
      try run(end)
      return answer
    } catch {
      // The first failure is the one to tell.
      try? run(end)
      throw error
    }
  }

  private func run(_ statement: SQLiteStatement) throws(StorageFailure) {
    do { try statement.run() } catch { throw StorageFailure(error, file: file) }
  }

  func runs(tenant: TenantID, limit: Int, before: RunID?) throws(StorageFailure) -> [RunSummary] {
    try summaries(selectRuns, tenant, limit, before)
  }

  func unfinishedRuns(tenant: TenantID, limit: Int, before: RunID?) throws(StorageFailure) -> [RunSummary] {
    try summaries(selectUnfinished, tenant, limit, before)
  }

  func conversations(
    tenant: TenantID, user: String?, limit: Int, before: ConversationID?
  ) throws(StorageFailure) -> [ConversationSummary] {
    selectConversations.bind(1, tenant.description)
    if let before { selectConversations.bind(2, before.description) }
    selectConversations.bind(3, Int64(max(0, limit)))
    if let user { selectConversations.bind(4, user) }
    var found: [ConversationSummary] = []
    for id in try rows(of: selectConversations, { ConversationID($0.text(0)) }) {
      if let summary = ConversationSummary(id, try runs(of: id, tenant: tenant)) { found.append(summary) }
    }
    return found
  }

  func runs(of conversation: ConversationID, tenant: TenantID) throws(StorageFailure) -> [RunSummary] {
    selectTurns.bind(1, tenant.description)
    selectTurns.bind(2, conversation.description)
    return try rows(of: selectTurns) { RunRow($0)?.projection.summary }
  }

  func newestEnd(of tenant: TenantID, beyond count: Int?, bytes: Int?) throws(StorageFailure) -> Int64? {
    func end(_ statement: SQLiteStatement, _ room: Int?) throws(StorageFailure) -> Int64? {
      guard let room else { return nil }
      statement.bind(1, tenant.description)
      statement.bind(2, Int64(max(0, room)))
      return try rows(of: statement) { $0.integer(0) }.first
    }
    let ends = [try end(selectEndBeyondCount, count), try end(selectEndBeyondBytes, bytes)]
    return ends.compactMap(\.self).max()
  }

  private func summaries(
    _ statement: SQLiteStatement, _ tenant: TenantID, _ limit: Int, _ before: RunID?
  ) throws(StorageFailure) -> [RunSummary] {
    statement.bind(1, tenant.description)
    if let before { statement.bind(2, before.description) }
    statement.bind(3, Int64(max(0, limit)))
    return try rows(of: statement) { RunRow($0)?.projection.summary }
  }

  private func rows<Row>(
    of statement: SQLiteStatement, _ read: (SQLiteStatement) -> Row?
  ) throws(StorageFailure) -> [Row] {
    defer { statement.reset() }
    var rows: [Row] = []
    while try step(statement) {
      guard let row = read(statement) else {
        throw StorageFailure(.corrupt, "the journal '\(file)' holds a row that no release has written")
      }
      rows.append(row)
    }
    return rows
  }

  private func step(_ statement: SQLiteStatement) throws(StorageFailure) -> Bool {
    do { return try statement.step() } catch { throw StorageFailure(error, file: file) }
  }
}
