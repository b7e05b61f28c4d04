package import ToolContracts

/// When `append` may return.
package enum Durability: Sendable {
  /// Once the events would survive a power cut.
  case durable
  /// At once: they are written with the next durable ones, or soon; a crash may lose them.
  case trace
}

/// Where runs are recorded. Any number of tasks append; the events of one call to `append` stay together and in order,
/// and events appended after one another by one task stay in that order.
package protocol RunJournal: Sendable {
  /// - Throws: where a `durable` append failed, none of its events may be assumed written or unwritten.
  func append(_ events: [JournalEvent], _ durability: Durability) async throws(StorageFailure)

  /// All events of one run, in order; empty for a run that this tenant does not have.
  func events(of run: RunID, tenant: TenantID) async throws(StorageFailure) -> [JournalEvent]

  /// A run with its digests, all of one moment; nil for a run that this tenant does not have.
  func record(of run: RunID, tenant: TenantID) async throws(StorageFailure) -> RecordedRun?

  /// Makes this journal the only one that writes this run: the next event of another process that still holds it fails
  /// with `leaseLost`. To be asked for before anything is appended to a run that was begun elsewhere or before. A run that
  /// this tenant does not have is left unclaimed.
  func claim(_ run: RunID, tenant: TenantID) async throws(StorageFailure)

  /// Claims a run that was read before.
  ///
  /// - Returns: whether it is still as it was read. Where it is not, or that is not known, it has to be read again.
  func claim(_ recorded: RecordedRun) async throws(StorageFailure) -> Bool

  /// The newest runs first, at most `limit`, older than `before` where that is given.
  func runs(tenant: TenantID, limit: Int, before: RunID?) async throws(StorageFailure) -> [RunSummary]

  /// The runs that are not finished, in the order and the pages of `runs`. Fast, however many are finished.
  func unfinishedRuns(tenant: TenantID, limit: Int, before: RunID?) async throws(StorageFailure)
    -> [RunSummary]

  /// The conversations that began last first, at most `limit`, begun earlier than `before` where that is given.
  ///
  /// - Parameter user: only those of this user.
  func conversations(tenant: TenantID, user: String?, limit: Int, before: ConversationID?)
    async throws(StorageFailure) -> [ConversationSummary]

  /// The runs of one conversation, the oldest first; none of a conversation that this tenant does not have.
  func runs(of conversation: ConversationID, tenant: TenantID) async throws(StorageFailure) -> [RunSummary]

  /// Takes over a run of another journal as it is, digests and fences included; all of it or nothing. Durable.
  ///
  /// - Throws: `runExists` where the tenant has a run of this name.
  func restore(_ run: RecordedRun) async throws(StorageFailure)

  /// Removes runs with all their events: of those that ended before `moment`, the oldest, at most `limit`. Durable. A run that
  /// has not ended is never removed, and a conversation only once all of its runs ended so long ago.
  ///
  /// - Parameter moment: nanoseconds since 1970.
  /// - Returns: how many.
  func removeRuns(of tenant: TenantID, endedBefore moment: Int64, limit: Int) async throws(StorageFailure)
    -> Int

  /// Of the runs that have ended, those that ended last are kept, as many as there is room for.
  ///
  /// - Parameters:
  ///   - count: room for so many; nil: for all.
  ///   - bytes: for so much of what they hold together; nil: for all.
  /// - Returns: when the newest one ended for which there is none; nil: there is for all. Nanoseconds since 1970.
  func newestEnd(of tenant: TenantID, beyond count: Int?, bytes: Int?) async throws(StorageFailure) -> Int64?

  /// Reads all there is, however much: for who asks whether anything in it is damaged.
  ///
  /// - Throws: `corrupt` where something is.
  func check() async throws(StorageFailure)

  /// Writes what is still on its way, then releases everything. Later calls fail with `closed`.
  func close() async
}

extension RunJournal {
  package func claim(_ recorded: RecordedRun) async throws(StorageFailure) -> Bool {
    try await claim(recorded.summary.run, tenant: recorded.summary.tenant)
    return false
  }
}

/// A line of the list of runs.
package struct RunSummary: Sendable, Equatable {
  package enum Status: String, Sendable {
    /// Not finished: running now, or its host stopped.
    case open
    /// Not finished, and waits for a person: a call was being made when its host stopped, and may have had its effect.
    case inDoubt = "in_doubt"
    /// Not finished, and waits for a person to approve a call.
    case awaitingApproval = "awaiting_approval"
    /// Not finished, and handed over to a person.
    case awaitingPerson = "waiting_for_person"
    case succeeded
    case failed
    case limitReached = "limit_reached"
    case cancelled
    /// Finished, and taken back: no turn of its conversation any more.
    case withdrawn
  }
  package var run: RunID
  package var tenant: TenantID
  /// The flow, or the tool of a call made outside of a flow.
  package var name: String
  package var status: Status
  /// Nanoseconds since 1970.
  package var started: Int64
  package var finished: Int64?
  package var eventCount: Int
  /// What its events say, together: the size of the run. What a journal adds to that comes on top.
  package var byteCount: Int
  /// Nil for a run that is no turn of a conversation.
  package var conversation: ConversationID?
  /// Whose it is; empty where nobody is named.
  package var user: String

  package init(
    run: RunID, tenant: TenantID, name: String, status: Status, started: Int64, finished: Int64?,
    eventCount: Int, byteCount: Int = 0, conversation: ConversationID? = nil, user: String = ""
  ) {
    self.run = run
    self.tenant = tenant
    self.name = name
    self.status = status
    self.started = started
    self.finished = finished
    self.eventCount = eventCount
    self.byteCount = byteCount
    self.conversation = conversation
    self.user = user
  }
}

/// Why the store did not do what it was asked.
package struct StorageFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// Stable across releases.
  package enum Code: String, Sendable {
    case locked = "storage_locked"
    case readOnly = "storage_read_only"
    case newerVersion = "storage_newer_version"
    case full = "storage_full"
    case corrupt = "storage_corrupt"
    case unavailable = "storage_unavailable"
    case closed = "storage_closed"
    /// Another host has claimed the run since.
    case leaseLost = "storage_lease_lost"
    /// A run of another journal cannot be taken over: there is one of its name.
    case runExists = "run_exists"
  }
  package var code: Code
  /// For the operator: what happened to which file and what to do.
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
  package var description: String { "\(code.rawValue): \(message)" }

  package static func runExists(_ run: RunID) -> StorageFailure {
    StorageFailure(.runExists, "the journal has a run \(run) already; nothing of it was changed")
  }
}
