import Storage
import ToolContracts

/// How a row of `runs` is read.
enum RunRow {
  static let columns = "tenant, run, subject, name, status, reached_limit, started, finished, event_count"

  /// - Returns: nil for a row that this release cannot have written.
  static func projection(_ row: SQLiteStatement) -> RunProjection? {
    guard let tenant = TenantID(row.text(0)), let run = RunID(row.text(1)),
      let subject = RunProjection.Subject(rawValue: row.text(2)),
      let status = RunSummary.Status(rawValue: row.text(4))
    else { return nil }
    return RunProjection(
      subject: subject,
      summary: RunSummary(
        run: run, tenant: tenant, name: row.text(3), status: status, started: row.integer(6),
        finished: row.isNull(7) ? nil : row.integer(7), eventCount: Int(row.integer(8))),
      reachedLimit: row.integer(5) != 0)
  }
}

/// How a row of `events` is read.
enum EventRow {
  static let columns = "seq, time, tenant, run, turn, agent, kind, step, data"

  /// - Returns: nil for a row that this release cannot have written.
  static func event(_ row: SQLiteStatement) -> JournalEvent? {
    guard let tenant = TenantID(row.text(2)), let run = RunID(row.text(3)),
      let turn = UInt32(exactly: row.integer(4)), let kind = JournalEvent.Kind(rawValue: row.text(6))
    else { return nil }
    var step: UInt32?
    if !row.isNull(7) {
      guard let number = UInt32(exactly: row.integer(7)) else { return nil }
      step = number
    }
    var event = JournalEvent(
      time: row.integer(1), tenant: tenant, run: run, turn: turn, agent: row.text(5), kind: kind, step: step,
      data: row.bytes(8))
    event.sequence = row.integer(0)
    return event
  }
}
