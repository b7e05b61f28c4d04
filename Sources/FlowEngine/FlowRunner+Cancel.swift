import Invocation
import Storage
package import ToolContracts

extension FlowRunner {
  /// How long a host is waited for that was asked to end a run.
  private static let patienceNanoseconds: Int64 = 10_000_000_000
  private static let pauseNanoseconds: Int64 = 20_000_000

  /// Ends a run. A host that has it, this one or another, sees the request within 100 ms and cancels the call that the run is
  /// in; a run that nobody has is ended here. Returns once the end is in the journal.
  ///
  /// - Throws: `runIsEnding` where its host has not ended it after ten seconds: the request stands. `runIsInDoubt` where a
  ///   call may have had its effect: nobody would ask about it once the run is over.
  package func cancel(_ run: RunID, of tenant: TenantID) async throws(RunFailure) {
    guard try await history(of: run, tenant: tenant).end == nil else {
      throw RunFailure(.runIsFinished, "the run \(run) is finished")
    }
    do { try leases.requestCancellation(of: run) } catch { throw RunFailure(error) }
    let deadline = time.now().advanced(by: FlowRunner.patienceNanoseconds)
    while true {
      do throws(RunFailure) { return try await end(run, of: tenant) } catch {
        guard error.code == .runIsGoingOn else { throw error }
      }
      guard time.now() < deadline else {
        throw RunFailure(.runIsEnding, "the run \(run) was asked to end, and its host has not ended it yet")
      }
      await pause(nanoseconds: FlowRunner.pauseNanoseconds)
    }
  }

  /// - Throws: `runIsGoingOn` while somebody has it.
  private func end(_ run: RunID, of tenant: TenantID) async throws(RunFailure) {
    try await holding(run, of: tenant) { () async throws(RunFailure) in
      let history = try await history(of: run, tenant: tenant)
      // Whoever had it has done as it was asked.
      guard history.end == nil else { return }
      let outcome = try await cancelled(run, of: tenant, history)
      if outcome.status == .inDoubt {
        throw RunFailure(
          .runIsInDoubt, "the run \(run) cannot be ended yet: \(outcome.failure?.message ?? "")")
      }
      if outcome.status == .failed { throw RunFailure(.storage, outcome.failure?.message ?? "") }
    }
  }

  /// Goes on with the run as one that was cancelled, so that it ends as it would have under way.
  private func cancelled(
    _ run: RunID, of tenant: TenantID, _ history: RunHistory
  ) async throws(RunFailure) -> FlowOutcome {
    let cancellation = Cancellation()
    cancellation.cancel()
    let request = FlowRequest(run, of: tenant, as: history, cancellation: cancellation)
    do throws(RunFailure) {
      return try await go(try await activeRun(request, history: history))
    } catch {
      // Its flow is gone, or another one now. It can be ended all the same.
      guard [.flowNotFound, .replayDiverged].contains(error.code) else { throw error }
      guard history.doubts.isEmpty else {
        throw RunFailure(.runIsInDoubt, "the run \(run) cannot be ended yet: a call of it is in doubt")
      }
      let outcome = FlowOutcome(
        status: .cancelled, text: "", agent: "",
        failure: InvocationFailure(.cancelled, "the run was cancelled"))
      let end = JournalEvent(
        time: time.wallClock(), tenant: tenant, run: run, kind: outcome.endKind, data: outcome.endData)
      do throws(StorageFailure) { try await journal.append([end], .durable) } catch {
        throw RunFailure(error)
      }
      return outcome
    }
  }

  private func pause(nanoseconds: Int64) async {
    await withCheckedContinuation { continuation in
      _ = lanes.schedule(at: time.now().advanced(by: nanoseconds)) { continuation.resume() }
    }
  }
}
