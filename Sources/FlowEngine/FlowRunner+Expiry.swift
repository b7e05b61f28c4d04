import Invocation
import Storage
import Telemetry
package import ToolContracts

// Questions that nobody answers in time.
extension FlowRunner {
  /// A clock that is set forward is noticed after so long.
  private static let longestNanoseconds: Int64 = 86_400_000_000_000
  /// While somebody answers, nobody else goes on with the run.
  private static let pauseNanoseconds: Int64 = 1_000_000_000
  private static let attempts = 5

  /// From here on no question of a run that comes to wait in this process waits for longer than its time: at its moment it
  /// expires, nothing of what it asks about is done, and the run goes on. For a host that stays.
  package func expireQuestions() { questions.coverAll() }

  /// Begins nothing more.
  package func stopExpiring() { questions.end() }

  /// The same for every run of the tenant that waits, whichever process it came to wait in. Which of several hosts goes on
  /// with it is decided by who claims it first.
  package func expireQuestions(in tenant: TenantID) async {
    var last: RunID?
    while !questions.isOver, let page = await unfinished(tenant, before: last), let end = page.last {
      for run in page where run.status == .awaitingApproval && !questions.covers(run.run) {
        await expireQuestions(of: run.run, tenant: tenant)
      }
      last = end.run
    }
  }

  /// The same for one run that waits.
  package func expireQuestions(of run: RunID, tenant: TenantID) async {
    guard let history = try? await history(of: run, tenant: tenant), history.end == nil else { return }
    expire(run, of: tenant, history.pendingApprovals)
  }

  func expire(_ run: RunID, of tenant: TenantID, _ pending: [PendingApproval]) {
    guard let expires = pending.map(\.expires).min() else { return }
    let left = max(0, expires &- time.wallClock())
    look(at: run, of: tenant, after: min(left, FlowRunner.longestNanoseconds) + 1)
  }

  private func look(
    at run: RunID, of tenant: TenantID, after wait: Int64, attempts: Int = FlowRunner.attempts
  ) {
    let timer = lanes.schedule(at: time.now().advanced(by: wait)) { [weak self, lanes] in
      guard let self else { return }
      questions.forget(run)
      Task(executorPreference: lanes) { await self.look(at: run, of: tenant, attempts: attempts) }
    }
    if let replaced = questions.set(timer, of: run) { lanes.unschedule(replaced) }
  }

  private func look(at run: RunID, of tenant: TenantID, attempts: Int) async {
    guard !questions.isOver else { return }
    do throws(RunFailure) {
      let history = try await history(of: run, tenant: tenant)
      // Whoever has answered goes on with it.
      guard history.end == nil, let expires = history.pendingApprovals.map(\.expires).min() else { return }
      guard time.wallClock() > expires else { return expire(run, of: tenant, history.pendingApprovals) }
      let outcome = try await resume(run, of: tenant)
      // Of several questions each has its own time.
      if outcome.status == .awaitingApproval, !questions.coversAll {
        await expireQuestions(of: run, tenant: tenant)
      }
    } catch {
      if error.code == .runIsGoingOn, attempts > 1 {
        return look(at: run, of: tenant, after: FlowRunner.pauseNanoseconds, attempts: attempts - 1)
      }
      guard ![.runIsGoingOn, .runIsFinished].contains(error.code) else { return }
      log.error(
        "a run whose question has expired could not be gone on with",
        ["run": "\(run)", "code": .string(error.code.rawValue), "reason": .string(error.message)])
    }
  }
}
