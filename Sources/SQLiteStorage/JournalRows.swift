import Storage
import ToolContracts

struct RunKey: Hashable {
  let tenant: TenantID
  let run: RunID

  init(tenant: TenantID, run: RunID) {
    self.tenant = tenant
    self.run = run
  }

  init(of event: JournalEvent) { self.init(tenant: event.tenant, run: event.run) }

  func hash(into hasher: inout Hasher) {
    // These bits are random, and this is asked several times for each event.
    hasher.combine(UInt64(truncatingIfNeeded: run.value))
  }
}

/// A row of `runs`.
struct RunRow {
  var projection: RunProjection
  var chain: EventChain
  /// Who holds a lower one has lost the run.
  var fence: UInt32
  /// Whether the file has it.
  var isStored: Bool
  /// The run as text.
  let name: String

  static let columns =
    "tenant, run, subject, name, status, reached_limit, started, finished, event_count, fence, digest, conversation, user, bytes"

  /// A run that is new to the file.
  init(projection: RunProjection, chain: EventChain, fence: UInt32) {
    self.projection = projection
    self.chain = chain
    self.fence = fence
    isStored = false
    name = projection.summary.run.description
  }

  /// The run that this event begins.
  init(first event: JournalEvent, fence: UInt32) {
    self.init(projection: RunProjection(first: event), chain: EventChain(), fence: fence)
  }

  /// - Returns: nil for a row that this release cannot have written.
  init?(_ row: SQLiteStatement) {
    let name = row.text(1)
    guard let tenant = TenantID(row.text(0)), let run = RunID(name),
      let subject = RunProjection.Subject(rawValue: row.text(2)),
      let status = RunSummary.Status(rawValue: row.text(4)), let fence = UInt32(exactly: row.integer(9)),
      let head = EventDigest.optional(row, 10)
    else { return nil }
    let conversation = row.isNull(11) ? nil : ConversationID(row.text(11))
    guard row.isNull(11) == (conversation == nil) else { return nil }
    projection = RunProjection(
      subject: subject,
      summary: RunSummary(
        run: run, tenant: tenant, name: row.text(3), status: status, started: row.integer(6),
        finished: row.isNull(7) ? nil : row.integer(7), eventCount: Int(row.integer(8)),
        byteCount: Int(row.integer(13)), conversation: conversation, user: row.text(12)),
      reachedLimit: row.integer(5) != 0)
    chain = EventChain(after: head)
    self.fence = fence
    self.name = name
    isStored = true
  }
}

/// A row of `events`.
struct EventRow {
  let event: JournalEvent
  let digest: EventDigest?

  static let columns = "seq, time, tenant, run, turn, agent, kind, step, data, fence, digest"

  /// - Returns: nil for a row that this release cannot have written.
  init?(_ row: SQLiteStatement) {
    guard let tenant = TenantID(row.text(2)), let run = RunID(row.text(3)),
      let turn = UInt32(exactly: row.integer(4)), let kind = JournalEvent.Kind(rawValue: row.text(6)),
      let fence = UInt32(exactly: row.integer(9)), let digest = EventDigest.optional(row, 10)
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
    event.fence = fence
    self.event = event
    self.digest = digest
  }
}

extension EventDigest {
  /// - Returns: nil in a digest's place where there is none; nil in all where there is something else.
  fileprivate static func optional(_ row: SQLiteStatement, _ column: Int32) -> EventDigest?? {
    if row.isNull(column) { return .some(nil) }
    guard let digest = EventDigest(bytes: row.blob(column)) else { return nil }
    return .some(digest)
  }
}
