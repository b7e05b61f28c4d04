import Invocation
import Storage
package import ToolContracts

extension FlowRunner {
  /// Begins a run that was another one until one of its calls, makes that call anew, and goes on from there. Nothing of
  /// before is done again, and the other run stays as it is.
  ///
  /// - Parameters:
  ///   - step: a call of a model or a tool.
  ///   - arguments: a JSON object that a tool is called with instead.
  ///   - new: the new run.
  /// - Throws: before anything is written where the flow does not decide any more what it did.
  package func fork(
    _ run: RunID, at step: UInt32, arguments: [UInt8]? = nil, as new: RunID, of tenant: TenantID,
    cancellation: Cancellation = Cancellation(), observer: (any FlowObserver)? = nil,
    asker: (any InquiryPort)? = nil
  ) async throws(RunFailure) -> FlowOutcome {
    let fork = try RunFork(
      try await events(of: run, tenant: tenant), at: step, arguments: arguments, as: new,
      time: time.wallClock())
    guard let history = RunHistory(fork.events) else {
      throw RunFailure(.runNotFound, "there is no run \(run) of a flow")
    }
    let request = FlowRequest(
      new, of: tenant, as: history, cancellation: cancellation, observer: observer, asker: asker)
    _ = try await goThrough(new, of: tenant, history)
    let run = try await activeRun(request, history: history)
    return try await holding(new) { () async throws(RunFailure) in
      do throws(StorageFailure) { try await journal.append(fork.events, .durable) } catch {
        throw RunFailure(error)
      }
      return try await go(run)
    }
  }
}
