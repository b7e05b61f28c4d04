import Storage
import ToolContracts

/// The reading connection's statements. One thread at a time uses them.
final class JournalQueries {
  private let file: String
  private let selectEvents, selectRuns: SQLiteStatement

  private init(preparing connection: SQLiteConnection, file: String) throws(SQLiteError) {
    self.file = file
    selectEvents = try SQLiteStatement(
      "SELECT \(EventRow.columns) FROM events WHERE run = ?1 AND tenant = ?2 ORDER BY seq", on: connection)
    // '~' sorts after every run.
    selectRuns = try SQLiteStatement(
      """
      SELECT \(RunRow.columns) FROM runs WHERE tenant = ?1 AND run < coalesce(?2, '~') ORDER BY run DESC LIMIT ?3
      """, on: connection)
  }

  convenience init(_ connection: SQLiteConnection, file: String) throws(StorageFailure) {
    do { try self.init(preparing: connection, file: file) } catch { throw StorageFailure(error, file: file) }
  }

  func events(of run: RunID, tenant: TenantID) throws(StorageFailure) -> [JournalEvent] {
    selectEvents.bind(1, run.description)
    selectEvents.bind(2, tenant.description)
    return try rows(of: selectEvents, EventRow.event)
  }

  func runs(tenant: TenantID, limit: Int, before: RunID?) throws(StorageFailure) -> [RunSummary] {
    selectRuns.bind(1, tenant.description)
    if let before { selectRuns.bind(2, before.description) }
    selectRuns.bind(3, Int64(max(0, limit)))
    return try rows(of: selectRuns) { RunRow.projection($0)?.summary }
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
