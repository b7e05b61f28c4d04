import Locking
import Storage
import ToolContracts

/// A journal with room for everything but one kind of event.
struct RefusingJournal: RunJournal {
  let journal: MemoryJournal
  let refused: JournalEvent.Kind
  /// How often it still refuses.
  let left: Lock<Int>

  init(journal: MemoryJournal, refused: JournalEvent.Kind, times: Int = .max) {
    self.journal = journal
    self.refused = refused
    left = Lock(times)
  }

  func append(_ events: [JournalEvent], _ durability: Durability) async throws(StorageFailure) {
    if events.contains(where: { $0.kind == refused }),
      left.withLock({ left in
        left -= 1
        return left >= 0
      })
    {
      throw StorageFailure(.full, "no space")
    }
    try await journal.append(events, durability)
  }
  func events(of run: RunID, tenant: TenantID) async throws(StorageFailure) -> [JournalEvent] {
    try await journal.events(of: run, tenant: tenant)
  }
  func record(of run: RunID, tenant: TenantID) async throws(StorageFailure) -> RecordedRun? {
    try await journal.record(of: run, tenant: tenant)
  }
  func claim(_ run: RunID, tenant: TenantID) async throws(StorageFailure) {
    try await journal.claim(run, tenant: tenant)
  }
  func runs(tenant: TenantID, limit: Int, before: RunID?) async throws(StorageFailure) -> [RunSummary] {
    try await journal.runs(tenant: tenant, limit: limit, before: before)
  }
  func unfinishedRuns(
    tenant: TenantID, limit: Int, before: RunID?
  ) async throws(StorageFailure) -> [RunSummary] {
    try await journal.unfinishedRuns(tenant: tenant, limit: limit, before: before)
  }
  func conversations(
    tenant: TenantID, user: String?, limit: Int, before: ConversationID?
  ) async throws(StorageFailure) -> [ConversationSummary] {
    try await journal.conversations(tenant: tenant, user: user, limit: limit, before: before)
  }
  func runs(
    of conversation: ConversationID, tenant: TenantID
  ) async throws(StorageFailure) -> [RunSummary] {
    try await journal.runs(of: conversation, tenant: tenant)
  }
  func restore(_ run: RecordedRun) async throws(StorageFailure) { try await journal.restore(run) }
  func removeRuns(
    of tenant: TenantID, endedBefore moment: Int64, limit: Int
  ) async throws(StorageFailure) -> Int {
    try await journal.removeRuns(of: tenant, endedBefore: moment, limit: limit)
  }
  func check() async throws(StorageFailure) { try await journal.check() }
  func close() async { await journal.close() }
}
