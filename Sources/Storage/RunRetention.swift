package import ToolContracts

/// Which of the runs that have ended are kept.
package struct RunRetention: Sendable, Equatable {
  /// How long after its end; nil: for ever.
  package var nanoseconds: Int64?
  /// So many of those that ended last; nil: all.
  package var count: Int?
  /// So many of those that ended last as hold so many bytes together; nil: all.
  package var bytes: Int?

  package init(nanoseconds: Int64? = nil, count: Int? = nil, bytes: Int? = nil) {
    self.nanoseconds = nanoseconds
    self.count = count
    self.bytes = bytes
  }

  package var keepsAll: Bool { nanoseconds == nil && count == nil && bytes == nil }
}

extension RunJournal {
  private static var pageLength: Int { 1024 }
  private static var removedAtOnce: Int { 64 }

  /// Runs that ended before are not kept (`removeRuns`).
  ///
  /// - Parameter now: nanoseconds since 1970.
  /// - Returns: nil: all are.
  package func endOfRetention(
    _ retention: RunRetention, of tenant: TenantID, now: Int64
  ) async throws(StorageFailure) -> Int64? {
    let byAge = retention.nanoseconds.flatMap { age -> Int64? in
      let (moment, overflow) = now.subtractingReportingOverflow(age)
      return overflow ? nil : moment
    }
    guard retention.count != nil || retention.bytes != nil,
      let newest = try await newestEnd(of: tenant, beyond: retention.count, bytes: retention.bytes)
    else { return byAge }
    return max(byAge ?? .min, newest + 1)
  }

  package func newestEnd(
    of tenant: TenantID, beyond count: Int?, bytes: Int?
  ) async throws(StorageFailure) -> Int64? {
    var ended: [(end: Int64, bytes: Int)] = []
    try await forEachRun(of: tenant) { run in
      if let end = run.finished { ended.append((end, run.byteCount)) }
    }
    var room = (count: count ?? .max, bytes: bytes ?? .max)
    return ended.sorted { $0.end > $1.end }.first { run in
      room.count -= 1
      room.bytes -= run.bytes
      return room.count < 0 || room.bytes < 0
    }?.end
  }

  /// Removes them, a few in each transaction: others wait for the disk meanwhile.
  ///
  /// - Parameter isOver: asked before each transaction.
  /// - Returns: how many were removed.
  package func removeRuns(
    of tenant: TenantID, endedBefore moment: Int64, until isOver: () -> Bool = { false }
  ) async throws(StorageFailure) -> Int {
    var count = 0
    while !isOver() {
      let removed = try await removeRuns(of: tenant, endedBefore: moment, limit: Self.removedAtOnce)
      count += removed
      if removed < Self.removedAtOnce { break }
    }
    return count
  }

  /// What `removeRuns` would remove.
  package func removableRuns(
    of tenant: TenantID, endedBefore moment: Int64
  ) async throws(StorageFailure) -> (runs: Int, events: Int, bytes: Int) {
    var found: [RunSummary] = []
    var needed: Set<ConversationID> = []
    try await forEachRun(of: tenant) { run in
      if let end = run.finished, end < moment {
        found.append(run)
      } else if let conversation = run.conversation {
        needed.insert(conversation)
      }
    }
    let removable = found.filter { run in run.conversation.map { !needed.contains($0) } ?? true }
    return removable.reduce(into: (0, 0, 0)) { sum, run in
      sum = (sum.0 + 1, sum.1 + run.eventCount, sum.2 + run.byteCount)
    }
  }

  private func forEachRun(
    of tenant: TenantID, _ body: (RunSummary) -> Void
  ) async throws(StorageFailure) {
    var last: RunID?
    while true {
      let page = try await runs(tenant: tenant, limit: Self.pageLength, before: last)
      page.forEach(body)
      guard page.count == Self.pageLength else { return }
      last = page.last?.run
    }
  }
}
