import Locking
package import ToolContracts

/// The journal of a process that keeps none: the reference for what `RunJournal` promises, as far as memory can.
///
/// Appending only puts the events aside (some 40 ns); whoever reads sorts them into runs.
package final class MemoryJournal: RunJournal, EventSource {
  private let state: Lock<State>

  /// - Parameter maxEvents: of how many events the newest are kept; nil: all are. A run is forgotten whole, as
  ///   soon as its first event is.
  package init(maxEvents: Int? = nil) {
    state = Lock(State(maxEvents: maxEvents ?? .max))
  }

  package func append(_ events: [JournalEvent], _ durability: Durability) async throws(StorageFailure) {
    try state.withLock { state throws(StorageFailure) in
      try state.checkOpen()
      state.append(events)
    }
  }

  package func events(of run: RunID, tenant: TenantID) async throws(StorageFailure) -> [JournalEvent] {
    try state.withLock { state throws(StorageFailure) in
      try state.checkOpen()
      state.settle()
      return state.runs[Key(run: run, tenant: tenant)] ?? []
    }
  }

  package func record(of run: RunID, tenant: TenantID) async throws(StorageFailure) -> RecordedRun? {
    let (events, fence) = try state.withLock { state throws(StorageFailure) in
      try state.checkOpen()
      state.settle()
      let key = Key(run: run, tenant: tenant)
      return (state.runs[key] ?? [], state.fences[key] ?? 1)
    }
    guard let projection = RunProjection(events) else { return nil }
    var chain = EventChain()
    let digests = events.map { chain.append($0) }
    return RecordedRun(
      summary: projection.summary, events: events, digests: digests, head: chain.head, fence: fence)
  }

  package func claim(_ run: RunID, tenant: TenantID) async throws(StorageFailure) {
    try state.withLock { state throws(StorageFailure) in
      try state.checkOpen()
      state.claim(Key(run: run, tenant: tenant))
    }
  }

  package func runs(tenant: TenantID, limit: Int, before: RunID?) async throws(StorageFailure) -> [RunSummary]
  {
    try summaries(tenant: tenant, limit: limit, before: before) { _ in true }
  }

  package func unfinishedRuns(
    tenant: TenantID, limit: Int, before: RunID?
  ) async throws(StorageFailure) -> [RunSummary] {
    try summaries(tenant: tenant, limit: limit, before: before) { $0.finished == nil }
  }

  package func conversations(
    tenant: TenantID, user: String?, limit: Int, before: ConversationID?
  ) async throws(StorageFailure) -> [ConversationSummary] {
    let runs = try summaries(tenant: tenant, limit: .max, before: nil) { run in
      guard let conversation = run.conversation else { return false }
      return (user ?? run.user) == run.user && before.map { conversation < $0 } ?? true
    }
    let conversations = Dictionary(grouping: runs) { $0.conversation }
    return conversations.compactMap { id, runs in id.flatMap { ConversationSummary($0, runs) } }
      .sorted { $0.id > $1.id }.prefix(max(0, limit)).map { $0 }
  }

  package func runs(
    of conversation: ConversationID, tenant: TenantID
  ) async throws(StorageFailure) -> [RunSummary] {
    try summaries(tenant: tenant, limit: .max, before: nil) { $0.conversation == conversation }.reversed()
  }

  private func summaries(
    tenant: TenantID, limit: Int, before: RunID?, where isWanted: (RunSummary) -> Bool
  ) throws(StorageFailure) -> [RunSummary] {
    let runs = try state.withLock { state throws(StorageFailure) in
      try state.checkOpen()
      state.settle()
      return state.runs
    }
    let newestFirst = runs.lazy.filter { key, _ in key.tenant == tenant && before.map { key.run < $0 } ?? true
    }
    .sorted { $0.key.run > $1.key.run }
    var found: [RunSummary] = []
    for (_, events) in newestFirst {
      if found.count >= limit { break }
      if let summary = RunProjection(events)?.summary, isWanted(summary) { found.append(summary) }
    }
    return found
  }

  package func events(
    ofKinds kinds: Set<JournalEvent.Kind>, tenant: TenantID?, since moment: Int64, after sequence: Int64,
    limit: Int
  ) async throws(StorageFailure) -> [JournalEvent] {
    let runs = try state.withLock { state throws(StorageFailure) in
      try state.checkOpen()
      state.settle()
      return state.runs
    }
    let found = runs.lazy.filter { tenant == nil || $0.key.tenant == tenant }.flatMap(\.value).filter {
      $0.sequence > sequence && $0.time >= moment && kinds.contains($0.kind)
    }
    return Array(found.sorted { $0.sequence < $1.sequence }.prefix(max(0, limit)))
  }

  package func restore(_ run: RecordedRun) async throws(StorageFailure) {
    try state.withLock { state throws(StorageFailure) in
      try state.checkOpen()
      state.settle()
      guard state.restore(run) else { throw .runExists(run.summary.run) }
    }
  }

  package func removeRuns(
    of tenant: TenantID, endedBefore moment: Int64, limit: Int
  ) async throws(StorageFailure) -> Int {
    try state.withLock { state throws(StorageFailure) in
      try state.checkOpen()
      state.settle()
      let runs = state.runs.filter { $0.key.tenant == tenant }.compactMapValues { RunProjection($0)?.summary }
      func isOver(_ run: RunSummary) -> Bool { run.finished.map { $0 < moment } ?? false }
      let goingOn = Set(runs.values.filter { !isOver($0) }.compactMap(\.conversation))
      let ended = runs.filter { _, run in
        isOver(run) && !(run.conversation.map(goingOn.contains) ?? false)
      }
      let oldest = ended.sorted { ($0.value.finished ?? 0) < ($1.value.finished ?? 0) }.prefix(max(0, limit))
      for (key, _) in oldest { state.remove(key) }
      return oldest.count
    }
  }

  package func check() async throws(StorageFailure) {
    try state.withLock { state throws(StorageFailure) in try state.checkOpen() }
  }

  package func close() async {
    state.withLock { $0 = State(maxEvents: 0, isClosed: true) }
  }
}

/// Tenants never meet, not even in a run of one identifier.
private struct Key: Hashable {
  let run: RunID
  let tenant: TenantID

  func hash(into hasher: inout Hasher) {
    // These bits are random, and hashing the rest as well costs more than the append.
    hasher.combine(UInt64(truncatingIfNeeded: run.value))
  }
}

private struct State {
  private(set) var runs: [Key: [JournalEvent]] = [:]
  /// Of runs that were claimed; all others have 1.
  private(set) var fences: [Key: UInt32] = [:]
  private let maxEvents: Int
  private let isClosed: Bool
  /// What was appended since somebody last read.
  private var unsorted: [[JournalEvent]] = []
  private var unsortedCount = 0
  private var sortedCount = 0
  private var lastSequence: Int64 = 0
  /// The runs by age, from `oldest` on.
  private var order: [Key] = []
  private var oldest = 0

  init(maxEvents: Int, isClosed: Bool = false) {
    self.maxEvents = maxEvents
    self.isClosed = isClosed
  }

  func checkOpen() throws(StorageFailure) {
    if isClosed { throw StorageFailure(.closed, "the journal is closed") }
  }

  mutating func append(_ events: [JournalEvent]) {
    unsorted.append(events)
    unsortedCount += events.count
    // Seldom, so that forgetting costs little for each event.
    if unsortedCount / 2 > maxEvents { forgetOldestUnsorted() }
  }

  /// Sorts what was appended into runs.
  mutating func settle() {
    if unsortedCount > maxEvents { forgetOldestUnsorted() }
    for events in unsorted {
      for event in events { sort(event) }
    }
    unsorted.removeAll(keepingCapacity: true)
    unsortedCount = 0
    while sortedCount > maxEvents { forgetOldestSorted() }
  }

  mutating func claim(_ key: Key) {
    // What was appended before has the fence of before.
    settle()
    if runs[key] != nil { fences[key, default: 1] += 1 }
  }

  /// - Returns: false where there is a run of this name.
  mutating func restore(_ run: RecordedRun) -> Bool {
    let key = Key(run: run.summary.run, tenant: run.summary.tenant)
    guard runs[key] == nil else { return false }
    runs[key] = run.events.map { event in
      var event = event
      lastSequence += 1
      event.sequence = lastSequence
      return event
    }
    fences[key] = run.fence
    order.append(key)
    sortedCount += run.events.count
    return true
  }

  mutating func remove(_ key: Key) {
    sortedCount -= runs.removeValue(forKey: key)?.count ?? 0
    fences[key] = nil
  }

  private mutating func forgetOldestUnsorted() {
    var forgotten = 0
    while unsortedCount > maxEvents {
      unsortedCount -= unsorted[forgotten].count
      lastSequence += Int64(unsorted[forgotten].count)
      forgotten += 1
    }
    unsorted.removeFirst(forgotten)
    // All of it is older than what was just forgotten.
    while sortedCount > 0 { forgetOldestSorted() }
  }

  private mutating func forgetOldestSorted() {
    remove(order[oldest])
    oldest += 1
    guard oldest > order.count / 2 else { return }
    order.removeFirst(oldest)
    oldest = 0
  }

  private mutating func sort(_ event: JournalEvent) {
    lastSequence += 1
    let key = Key(run: event.run, tenant: event.tenant)
    if runs[key] == nil {
      guard maxEvents == .max || event.mayBeginRun else { return }  // the rest of a run that is forgotten
      order.append(key)
    }
    var event = event
    event.sequence = lastSequence
    event.fence = fences.isEmpty ? 1 : fences[key] ?? 1
    runs[key, default: []].append(event)
    sortedCount += 1
  }
}

extension JournalEvent {
  fileprivate var mayBeginRun: Bool {
    switch kind {
    case .runStarted: true
    case .toolCalled, .toolStarted, .toolRejected, .modelRequested: turn == 0 && agent.isEmpty
    default: false
    }
  }
}
