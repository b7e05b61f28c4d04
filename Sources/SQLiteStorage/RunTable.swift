import CSQLite
import Storage
import ToolContracts

/// The statements that read and write rows of `runs`, for the thread that writes.
final class RunTable {
  private let connection: SQLiteConnection
  private let select, insert, update, end, claim: SQLiteStatement

  init(_ connection: SQLiteConnection) throws(SQLiteError) {
    self.connection = connection
    select = try SQLiteStatement(
      "SELECT \(RunRow.columns) FROM runs WHERE tenant = ?1 AND run = ?2", on: connection)
    insert = try SQLiteStatement(
      """
      INSERT INTO runs
        (tenant, run, fence, status, reached_limit, event_count, last_seq, digest, bytes, finished, subject, name, started,
        conversation, user)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
      """, on: connection)
    // These two change no row where the run was claimed by somebody else. As long as a run goes on no index has to follow:
    // that is why its end is written by another one.
    let changes = "status = ?4, reached_limit = ?5, event_count = ?6, last_seq = ?7, digest = ?8, bytes = ?9"
    let condition = "WHERE tenant = ?1 AND run = ?2 AND fence = ?3"
    update = try SQLiteStatement("UPDATE runs SET \(changes) \(condition)", on: connection)
    end = try SQLiteStatement("UPDATE runs SET \(changes), finished = ?10 \(condition)", on: connection)
    claim = try SQLiteStatement(
      "UPDATE runs SET fence = fence + 1 WHERE tenant = ?1 AND run = ?2 RETURNING \(RunRow.columns)",
      on: connection)
  }

  /// - Returns: nil where there is none.
  func row(of key: RunKey) throws(SQLiteError) -> RunRow? { try row(select, key) }

  /// Raises the fence.
  ///
  /// - Returns: the row as it is then; nil where there is none.
  func claim(_ key: RunKey) throws(SQLiteError) -> RunRow? { try row(claim, key) }

  private func row(_ statement: SQLiteStatement, _ key: RunKey) throws(SQLiteError) -> RunRow? {
    defer { statement.reset() }
    statement.bind(1, key.tenant.description)
    statement.bind(2, key.run.description)
    guard try statement.step() else { return nil }
    guard let row = RunRow(statement) else {
      throw SQLiteError(code: SQLITE_CORRUPT, systemError: 0, message: "the run's row makes no sense")
    }
    // A change is made for good once there is no further row.
    _ = try statement.step()
    return row
  }

  /// - Parameter sequence: of the run's last event.
  /// - Returns: false where the run belongs to somebody else, or is gone.
  func store(_ row: RunRow, last sequence: Int64) throws(SQLiteError) -> Bool {
    let summary = row.projection.summary
    let statement = !row.isStored ? insert : summary.finished == nil ? update : end
    statement.bind(1, summary.tenant.description)
    statement.bind(2, row.name)
    statement.bind(3, Int64(row.fence))
    statement.bind(4, summary.status.rawValue)
    statement.bind(5, row.projection.reachedLimit ? 1 : 0)
    statement.bind(6, Int64(summary.eventCount))
    statement.bind(7, sequence)
    if let head = row.chain.head { statement.bind(8, blob: head.bytes) }
    statement.bind(9, Int64(summary.byteCount))
    if let finished = summary.finished { statement.bind(10, finished) }
    if !row.isStored {
      insert.bind(11, row.projection.subject.rawValue)
      insert.bind(12, summary.name)
      insert.bind(13, summary.started)
      if let conversation = summary.conversation { insert.bind(14, conversation.description) }
      insert.bind(15, summary.user)
    }
    try statement.run()
    return connection.changedRows > 0
  }
}
