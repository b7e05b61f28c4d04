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
    let record = CallRecord(request: request, start: time.now())
    let outcome = await perform(record, in: registry ?? source.registry)
    return await finish(record, outcome: outcome)
  }

  private func perform(_ record: CallRecord, in registry: RegistrySnapshot) async -> CallOutcome {
    do {
      let approved = try check(record, in: registry)
      guard let question = AnswerQuestion(approved) else { return await make(approved, record) }
      return try await answer(question, by: approved, record)
    } catch {
      return .failure(error)
    }
  }

  /// Of a call that an answer will do for which was given before.
  @inline(never)
  private func answer(
    _ question: AnswerQuestion, by call: ApprovedCall, _ record: CallRecord
  ) async throws(InvocationFailure) -> CallOutcome {
    switch try await lookUp(question, for: call) {
    case .kept(let result): return .success(result)
    case .asks(let flight):
      let outcome = await make(call, record)
      await land(flight, outcome)
      return outcome
    }
  }

  @inline(never)
  private func make(_ call: ApprovedCall, _ record: CallRecord) async -> CallOutcome {
    do {
      let admitted = try await admit(call, at: record.start)
      let funded: FundedCall
      if let free = free(admitted) { funded = free } else { funded = try await reserveBudget(for: admitted) }
      let outcome: CallOutcome
      do {
        let returned = try await run(try await journalIntent(of: funded, record))
        outcome = .success(try validateResult(of: returned))
      } catch {
        outcome = .failure(error)
      }
      return funded.model == nil ? outcome : await settle(funded, outcome)
    } catch {
      return .failure(error)
    }
  }

  /// What can be said of a call without waiting. Not inlined: what it needs room for, a call that runs needs no more.
  @inline(never)
  private func check(
    _ record: CallRecord, in registry: RegistrySnapshot
  ) throws(InvocationFailure) -> ApprovedCall {
    let resolved = try resolve(record.request, in: registry, at: record.start)
    record.resolved(resolved)
    return try checkApproval(of: try validateArguments(of: try authorise(resolved)))
  }
}

extension InvocationPipeline: ToolCaller {
  package func result(of request: CallRequest) async -> Result<[UInt8], InvocationFailure> {
    await call(request).map(\.json)
  }
}
