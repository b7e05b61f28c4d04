import Storage
import Telemetry
package import ToolContracts

extension FlowRunner {
  /// So many runs are gone on with at the same time, and share the syncs of the journal. What they ask of tools and models
  /// is held back by the same limits as ever.
  private static let maxAtOnce = 256

  /// Goes on with every run of the tenant that no host has any more, until all have ended or wait for a person.
  ///
  /// What waits for a person is left alone, unless its time to answer was up while no host was there; and so is a run that
  /// got no further the last three times: something in it may be what stops hosts.
  ///
  /// - Parameter isOver: nothing more is begun once it answers true.
  package func recover(_ tenant: TenantID, until isOver: @Sendable () -> Bool) async -> RecoveryReport {
    var report = RecoveryReport()
    var last: RunID?
    await withTaskGroup(of: RecoveryReport.self) { [self] group in
      while !isOver(), let page = await unfinished(tenant, before: last), let end = page.last {
        for summary in page {
          if isOver() { break }
          if report.begun >= FlowRunner.maxAtOnce, let next = await group.next() { report.add(next) }
          report.begun += 1
          group.addTask(executorPreference: lanes) { await self.recover(summary) }
        }
        last = end.run
      }
      for await next in group { report.add(next) }
    }
    return report
  }

  /// - Returns: nil where the journal cannot be read.
  func unfinished(_ tenant: TenantID, before last: RunID?) async -> [RunSummary]? {
    do { return try await journal.unfinishedRuns(tenant: tenant, limit: 256, before: last) } catch {
      // The host may have ended meanwhile.
      if error.code != .closed {
        log.error("runs that are not finished cannot be looked for", ["reason": "\(error)"])
      }
      return nil
    }
  }

  private func recover(_ summary: RunSummary) async -> RecoveryReport {
    let isAsked = summary.status == .awaitingApproval
    guard summary.status == .open || isAsked else { return RecoveryReport(waiting: 1) }
    do throws(RunFailure) {
      // Who is asked must not find the run taken only because it was looked at.
      if isAsked, try await isLeft(summary) { return RecoveryReport(waiting: 1) }
      return try await holding(summary.run) { () async throws(RunFailure) in try await goOn(with: summary) }
    } catch {
      // Another host was faster, or has had it all along.
      if error.code == .runIsGoingOn || error.code == .runIsFinished { return RecoveryReport() }
      log.error(
        "a run could not be gone on with",
        ["run": "\(summary.run)", "code": .string(error.code.rawValue), "reason": .string(error.message)])
      return RecoveryReport(failed: 1)
    }
  }

  /// Whether there is time left to answer what the run asks; then it goes on by itself once that is over.
  private func isLeft(_ summary: RunSummary) async throws(RunFailure) -> Bool {
    let pending = try await history(of: summary.run, tenant: summary.tenant).pendingApprovals
    if pending.contains(where: { $0.expires < time.wallClock() }) { return false }
    if questions.coversAll { expire(summary.run, of: summary.tenant, pending) }
    return true
  }

  /// It is read before it is claimed, since some are to be left alone, and again only where somebody wrote it in between.
  private func goOn(with summary: RunSummary) async throws(RunFailure) -> RecoveryReport {
    guard let recorded = try await recorded(summary.run, of: summary.tenant),
      var history = RunHistory(recorded.events)
    else { return RecoveryReport() }  // a call outside of a flow
    guard recorded.fruitlessClaims < FlowRunner.maxFruitlessClaims else {
      log.warning(
        "a run was taken up again and again and got no further; it is left to a person",
        ["run": "\(summary.run)", "flow": .string(history.flow)])
      return RecoveryReport(waiting: 1)
    }
    let isAsRead: Bool
    do { isAsRead = try await journal.claim(recorded) } catch { throw RunFailure(error) }
    if !isAsRead { history = try await self.history(of: summary.run, tenant: summary.tenant) }
    let outcome = try await goOn(with: summary.run, of: summary.tenant, from: history)
    let waits = [.inDoubt, .awaitingApproval, .awaitingPerson].contains(outcome.status)
    return waits ? RecoveryReport(waiting: 1) : RecoveryReport(ended: 1)
  }

  private static let maxFruitlessClaims = 3
}

/// What became of the runs that hosts had left.
package struct RecoveryReport: Sendable, Equatable {
  package var ended = 0
  /// For a person: a call in doubt, or a run that got no further.
  package var waiting = 0
  package var failed = 0
  fileprivate var begun = 0

  package init(ended: Int = 0, waiting: Int = 0, failed: Int = 0) {
    self.ended = ended
    self.waiting = waiting
    self.failed = failed
  }

  fileprivate mutating func add(_ other: RecoveryReport) {
    ended += other.ended
    waiting += other.waiting
    failed += other.failed
    begun -= 1
  }
}

extension RecordedRun {
  /// How often it was claimed since something new was learned of it. An intent alone is nothing new: it is written each
  /// time before whatever stops the host.
  fileprivate var fruitlessClaims: Int {
    let fruitful = events.last { $0.kind != .toolStarted && $0.kind != .modelRequested }?.fence ?? 1
    return Int(fence) - Int(fruitful)
  }
}
