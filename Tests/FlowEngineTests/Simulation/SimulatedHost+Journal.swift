import Storage
import ToolContracts

/// One append on its way to the disk.
final class PendingAppend {
  let events: [JournalEvent]
  let durability: Durability
  var fate: Result<Void, StorageFailure>?

  init(_ events: [JournalEvent], _ durability: Durability) {
    self.events = events
    self.durability = durability
  }
}

// The journal as `RunJournal` promises it, over a disk that fails and a host that dies.
extension SimulatedHost: RunJournal {
  func append(_ events: [JournalEvent], _ durability: Durability) async throws(StorageFailure) {
    try checkAlive()
    let append = PendingAppend(events, durability)
    queue.append(append)
    guard durability == .durable else {
      if world.goesWrong(world.habits.traceIsWrittenEarly) { write() }
      return
    }
    await world.letOthersGo()
    if append.fate == nil, !isDead { write() }
    // On its way back the answer may meet the end of its host.
    await world.letOthersGo()
    try checkAlive()
    try append.fate?.get()
  }

  /// Everything that is there, in one transaction.
  func write() {
    let habits = world.habits
    if world.goesWrong(habits.hostDiesAtCommit) { return die(.diedBeforeCommit) }
    if world.goesWrong(habits.commitIsRefused) { return refuse() }
    let appends = queue
    queue = []
    for append in appends { append.fate = written(append) }
    if world.goesWrong(habits.commitIsWrittenAndFails) {
      world.saw(.commitWrittenAndFailed)
      for append in appends {
        append.fate = .failure(StorageFailure(.unavailable, "nobody knows what was written"))
      }
    }
    if world.goesWrong(habits.hostDiesAtCommit) { die(.diedAfterCommit) }
  }

  private func written(_ append: PendingAppend) -> Result<Void, StorageFailure> {
    guard append.events.allSatisfy({ owns($0.run) }) else {
      world.saw(.leaseLost)
      return .failure(StorageFailure(.leaseLost, "another host has the run"))
    }
    world.disk.append(append.events)
    return .success(())
  }

  /// Whoever waits is told; traces are kept for the next time.
  private func refuse() {
    world.saw(.commitRefused)
    for append in queue where append.durability == .durable {
      append.fate = .failure(StorageFailure(.full, "no space"))
    }
    queue.removeAll { $0.durability == .durable }
  }

  private func checkAlive() throws(StorageFailure) {
    if isDead { throw StorageFailure(.closed, "the host is dead") }
  }

  func claim(_ run: RunID, tenant: TenantID) async throws(StorageFailure) {
    try await append([], .durable)
    if !world.disk.events(of: run).isEmpty { claims[run] = world.disk.claim(run) }
  }

  // MARK: Reading

  func events(of run: RunID, tenant: TenantID) async throws(StorageFailure) -> [JournalEvent] {
    try await record(of: run, tenant: tenant)?.events ?? []
  }

  func record(of run: RunID, tenant: TenantID) async throws(StorageFailure) -> RecordedRun? {
    try checkAlive()
    if !queue.isEmpty { write() }
    try checkAlive()
    return world.disk.record(of: run)
  }

  func runs(tenant: TenantID, limit: Int, before: RunID?) async throws(StorageFailure) -> [RunSummary] {
    try checkAlive()
    let runs = world.disk.runs.reversed().filter { run in before.map { run < $0 } ?? true }
    return runs.compactMap { world.disk.record(of: $0)?.summary }.prefix(limit).map(\.self)
  }

  func unfinishedRuns(
    tenant: TenantID, limit: Int, before: RunID?
  ) async throws(StorageFailure) -> [RunSummary] {
    try await runs(tenant: tenant, limit: .max, before: before).filter { $0.finished == nil }
      .prefix(limit).map(\.self)
  }

  // MARK: What no run asks for

  func conversations(
    tenant: TenantID, user: String?, limit: Int, before: ConversationID?
  ) async throws(StorageFailure) -> [ConversationSummary] { [] }
  func runs(of conversation: ConversationID, tenant: TenantID) async throws(StorageFailure) -> [RunSummary] {
    []
  }
  func restore(_ run: RecordedRun) async throws(StorageFailure) { throw .runExists(run.summary.run) }
  func removeRuns(of tenant: TenantID, endedBefore: Int64, limit: Int) async throws(StorageFailure) -> Int {
    0
  }
  func check() async throws(StorageFailure) { try checkAlive() }
  func close() async {}
}
