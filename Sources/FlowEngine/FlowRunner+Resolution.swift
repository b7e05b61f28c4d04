import Invocation
import Storage
package import ToolContracts

/// Who says what became of a call that was in doubt.
package enum ResolutionSource: Sendable, Equatable {
  case person
  /// It was certain, so nobody else was heard.
  case plugin(Resolution)
}

extension FlowRunner {
  /// Settles what became of a call that is in doubt, and writes it down. The run can be resumed after.
  ///
  /// The plugin is asked first. What it knows holds, whatever the person says; what it does not know, the person says.
  ///
  /// - Parameters:
  ///   - resolution: what the person says; nil: only the plugin is asked.
  ///   - user: who says so.
  /// - Throws: `runIsInDoubt` where the plugin does not know and no person says.
  @discardableResult
  package func resolve(
    _ run: RunID, step: UInt32, as resolution: Resolution?, by user: String, of tenant: TenantID
  ) async throws(RunFailure) -> ResolutionSource {
    try await holding(run, of: tenant) { () async throws(RunFailure) in
      let history = try await history(of: run, tenant: tenant)
      guard let tool = history.doubts[step] else {
        throw RunFailure(.stepNotInDoubt, "step \(step) of the run \(run) is not in doubt")
      }
      let waits = history.waits(afterDecidingOn: step)
      let begun = history.begun(step)?.event
      func event(_ kind: JournalEvent.Kind, _ data: [UInt8]) -> JournalEvent {
        JournalEvent(
          time: time.wallClock(), tenant: tenant, run: run, turn: begun?.turn ?? 0, agent: begun?.agent ?? "",
          kind: kind, step: step, data: data)
      }
      let answer = await reconciliation(of: step, in: run, history, tenant)
      if let events = answer.events(event, of: tool, waits: waits) {
        try await write(events)
        if case .didNotHappen = answer { return .plugin(.didNot) }
        return .plugin(.happened)
      }
      guard let resolution else {
        let note = if case .unknown(let note) = answer, !note.isEmpty { ": \(note)" } else { "" }
        throw RunFailure(
          .runIsInDoubt, "the plugin of \(tool) does not know what became of step \(step)\(note)")
      }
      try await write([event(.toolResolved, resolution.data(tool: tool, user: user, waits: waits))])
      return .person
    }
  }

  private func write(_ events: [JournalEvent]) async throws(RunFailure) {
    do throws(StorageFailure) { try await journal.append(events, .durable) } catch { throw RunFailure(error) }
  }

  private func reconciliation(
    of step: UInt32, in run: RunID, _ history: RunHistory, _ tenant: TenantID
  ) async -> Reconciliation {
    guard let (name, arguments, event) = history.begun(step), let tool = ToolName(name) else {
      return .unknown(note: "")
    }
    return await pipeline.reconcile(
      CallRequest(
        tool: tool, arguments: arguments, mayRepair: false,
        principal: Principal(tenant: tenant, user: history.user), call: CallID(run: run, step: step),
        position: RunPosition(turn: event.turn, agent: event.agent)))
  }
}
