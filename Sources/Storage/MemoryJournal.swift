import Locking
package import ToolContracts

/// The journal of a process that keeps none: the reference for what `RunJournal` promises, as far as memory can.
package final class MemoryJournal: RunJournal {
  private let state: Lock<State>

  /// - Parameter maxEvents: beyond it the oldest runs are forgotten, whole; nil: none is. The newest run is never
  ///   forgotten, however long it grows.
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
      return state.runs[Key(run: run, tenant: tenant)] ?? []
    }
  }

  package func runs(tenant: TenantID, limit: Int, before: RunID?) async throws(StorageFailure) -> [RunSummary]
  {
    let runs = try state.withLock { state throws(StorageFailure) in
      try state.checkOpen()
      return state.runs
    }
    return runs.lazy.filter { key, _ in key.tenant == tenant && before.map { key.run < $0 } ?? true }
      .sorted { $0.key.run > $1.key.run }
      .prefix(max(0, limit))
      .map { _, events in
        var projection = RunProjection(first: events[0])  // a run is there from its first event on
        for event in events.dropFirst() { projection.record(event) }
        return projection.summary
      }
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
  var runs: [Key: [JournalEvent]] = [:]
  let maxEvents: Int
  var isClosed = false
  private var lastSequence: Int64 = 0
  private var eventCount = 0
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
    for var event in events {
      lastSequence += 1
      event.sequence = lastSequence
      let key = Key(run: event.run, tenant: event.tenant)
      let known = runs.count
      runs[key, default: []].append(event)
      if runs.count > known { order.append(key) }
    }
    eventCount += events.count
    if eventCount > maxEvents { forgetOldest() }
  }

  private mutating func forgetOldest() {
    while eventCount > maxEvents, oldest < order.count - 1 {
      eventCount -= runs.removeValue(forKey: order[oldest])?.count ?? 0
      oldest += 1
    }
    guard oldest > order.count / 2 else { return }
    order.removeFirst(oldest)
    oldest = 0
  }
}
