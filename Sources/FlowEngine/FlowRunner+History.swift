import Storage
package import ToolContracts

// What can be done with a run that the journal has.
extension FlowRunner {
  /// Goes on with a run whose host stopped. What the journal has is not done again: answers of models and tools are taken
  /// from it. A call that was being made is made again if it has no effect or is idempotent, under the same key; any other
  /// is put to a person, and the run stays open.
  ///
  /// - Parameter takingOver: from a host that has it and hangs; whatever that host still writes is refused.
  package func resume(
    _ run: RunID, of tenant: TenantID, takingOver: Bool = false, cancellation: Cancellation = Cancellation(),
    observer: (any FlowObserver)? = nil
  ) async throws(RunFailure) -> FlowOutcome {
    try await holding(run, of: tenant, takingOver: takingOver) { () async throws(RunFailure) in
      let history = try await history(of: run, tenant: tenant)
      return try await goOn(
        with: run, of: tenant, from: history, cancellation: cancellation, observer: observer)
    }
  }

  /// - Parameter history: all of it, of a run that is claimed.
  func goOn(
    with run: RunID, of tenant: TenantID, from history: RunHistory,
    cancellation: Cancellation = Cancellation(), observer: (any FlowObserver)? = nil
  ) async throws(RunFailure) -> FlowOutcome {
    guard history.end == nil else { throw RunFailure(.runIsFinished, "the run \(run) is finished") }
    let request = FlowRequest(
      run, of: tenant, as: history, cancellation: cancellation, observer: observer)
    return try await go(try await activeRun(request, history: history))
  }

  /// Goes through a run again without calling or writing anything, and checks that it decides all that it decided.
  ///
  /// - Parameter other: another version of its flow, which is to decide instead.
  /// - Returns: how many of the journal's events were held against it.
  package func replay(
    _ run: RunID, of tenant: TenantID, against other: FlowDefinition? = nil
  ) async throws(RunFailure) -> Int {
    let events = try await events(of: run, tenant: tenant)
    guard let history = RunHistory(events) else {
      throw RunFailure(.runNotFound, "there is no run \(run) of a flow")
    }
    let outcome = try await goThrough(run, of: tenant, history, as: other)
    if let end = history.end, outcome.endKind != end.kind || outcome.endData != end.data {
      throw RunFailure(
        ReplayDivergence(
          sequence: end.sequence, journaled: String(decoding: end.data, as: UTF8.self),
          replayed: String(decoding: outcome.endData, as: UTF8.self)))
    }
    return events.count
  }

  /// Goes through what there is of a run, without calling or writing anything.
  func goThrough(
    _ run: RunID, of tenant: TenantID, _ history: RunHistory, as other: FlowDefinition? = nil
  ) async throws(RunFailure) -> FlowOutcome {
    let request = FlowRequest(run, of: tenant, as: history)
    let replay = try await activeRun(request, history: history, as: other, isReplay: true)
    do { return try await replay.run() } catch { throw RunFailure(error) }
  }

  /// What another version of a plugin would not take as it was taken in the run, or not answer as it was answered.
  package func compare(
    _ run: RunID, of tenant: TenantID, against plugin: PluginDescriptor
  ) async throws(RunFailure) -> PluginComparison {
    let events = try await events(of: run, tenant: tenant)
    guard !events.isEmpty else { throw RunFailure(.runNotFound, "there is no run \(run)") }
    return PluginComparison(events, against: plugin)
  }

  func history(of run: RunID, tenant: TenantID) async throws(RunFailure) -> RunHistory {
    guard let history = RunHistory(try await events(of: run, tenant: tenant)) else {
      throw RunFailure(.runNotFound, "there is no run \(run) of a flow")
    }
    return history
  }

  /// - Throws: `runDamaged` where they are not what was written: nothing is decided by them then.
  func events(of run: RunID, tenant: TenantID) async throws(RunFailure) -> [JournalEvent] {
    try await recorded(run, of: tenant)?.events ?? []
  }

  /// As `events(of:tenant:)`; nil for a run that this tenant does not have.
  func recorded(_ run: RunID, of tenant: TenantID) async throws(RunFailure) -> RecordedRun? {
    let recorded: RecordedRun?
    do { recorded = try await journal.record(of: run, tenant: tenant) } catch { throw RunFailure(error) }
    do { try recorded?.verify() } catch {
      throw RunFailure(.runDamaged, "the run \(run) is damaged: \(error.message)")
    }
    return recorded
  }
}
