package import Storage
package import Telemetry
package import ToolContracts
package import ToolRegistry

/// The one way to a plugin, for tools and for models. Each stage takes what only the stage before it can make:
///
///     resolve -> authorise -> validate arguments -> check the approval -> look up the answer -> admit
///       -> reserve the budget -> journal the intent -> run -> validate the result
///
/// and recording wraps all of them, so that a refusal leaves a trace like a success.
///
/// The deadline is fixed in the first stage: time spent waiting for a place counts. Arguments are validated before
/// admission: a malformed call spends no quota.
package final class InvocationPipeline: Sendable {
  let source: any RegistrySource
  let lanes: LanePool
  let journal: any RunJournal
  let budgets: any BudgetLedger
  let answers: any AnswerStore
  let flights = AnswerFlights()
  let time: any TimeSource
  let log: Log
  let metrics: CallMetrics

  package init(
    registry: any RegistrySource, lanes: LanePool, journal: any RunJournal,
    budgets: any BudgetLedger = MemoryBudgetLedger(), answers: any AnswerStore = MemoryAnswerStore(),
    time: any TimeSource, log: Log, metrics: Metrics
  ) {
    source = registry
    self.lanes = lanes
    self.journal = journal
    self.budgets = budgets
    self.answers = answers
    self.time = time
    self.log = log
    self.metrics = CallMetrics(metrics)
  }

  /// Makes one call. There is exactly one outcome, it comes by the deadline, and it was journaled before this returns.
  ///
  /// Without a change of thread where the calling task runs on the pool's lanes.
  ///
  /// - Parameter registry: the one that its caller has looked at already; nil: that of now.
  package func call(_ request: CallRequest, in registry: RegistrySnapshot? = nil) async -> CallOutcome {
    let start = time.now()
    var record = CallRecord(request: request, start: start)
    let outcome = await perform(request, in: registry ?? source.registry, from: start, record: &record)
    return await finish(record, outcome: outcome)
  }

  private func perform(
    _ request: CallRequest, in registry: RegistrySnapshot, from start: MonotonicTime,
    record: inout CallRecord
  ) async -> CallOutcome {
    var flight: AnswerFlight?
    var outcome: CallOutcome
    do {
      let resolved = try resolve(request, in: registry, at: start)
      record.resolved(resolved)
      let authorised = try authorise(resolved)
      let validated = try validateArguments(of: authorised)
      let approved = try checkApproval(of: validated)
      if let question = AnswerQuestion(approved) {
        switch try await lookUp(question, for: approved) {
        case .kept(let result): return .success(result)
        case .asks(let asking): flight = asking
        }
      }
      let admitted = try await admit(approved, at: start)
      let funded: FundedCall
      if let free = free(admitted) { funded = free } else { funded = try await reserveBudget(for: admitted) }
      do {
        let intended = try await journalIntent(of: funded, record: &record)
        let returned = try await run(intended)
        outcome = .success(try validateResult(of: returned))
      } catch {
        outcome = .failure(error)
      }
      if funded.isMetered { await settle(funded, &outcome) }
    } catch {
      outcome = .failure(error)
    }
    if let flight { await land(flight, outcome) }
    return outcome
  }
}

extension InvocationPipeline: ToolCaller {
  package func result(of request: CallRequest) async -> Result<[UInt8], InvocationFailure> {
    await call(request).map(\.json)
  }
}
