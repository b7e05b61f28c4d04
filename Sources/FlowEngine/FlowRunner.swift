package import Invocation
import JSONCodec
import Locking
import Manifests
package import Storage
package import Telemetry
package import ToolContracts
package import ToolRegistry

/// Carries out what the state machine decides: calls models and tools through the pipeline, writes the journal, watches
/// the time. Any number of runs at once.
package final class FlowRunner: Sendable {
  /// Runs that go on keep the flow that they began with.
  let source: any FlowSource
  let pipeline: InvocationPipeline
  let lanes: LanePool
  let journal: any RunJournal
  let leases: any RunLeases
  private let cancellations: RunCancellations
  let time: any TimeSource
  let log: Log
  let health = ModelHealth()
  let questions = QuestionTimers()
  let held = HeldRuns()
  /// Any 64 bits.
  let random: @Sendable () -> UInt64

  package convenience init(
    catalog: FlowCatalog, registry: any RegistrySource, pipeline: InvocationPipeline, lanes: LanePool,
    journal: any RunJournal, leases: any RunLeases = MemoryRunLeases(), time: any TimeSource, log: Log,
    random: @escaping @Sendable () -> UInt64 = FlowRunner.chance
  ) {
    self.init(
      flows: FixedFlows(catalog: catalog, source: registry), pipeline: pipeline, lanes: lanes,
      journal: journal, leases: leases, time: time, log: log, random: random)
  }

  package init(
    flows source: any FlowSource, pipeline: InvocationPipeline, lanes: LanePool,
    journal: any RunJournal, leases: any RunLeases = MemoryRunLeases(), time: any TimeSource, log: Log,
    random: @escaping @Sendable () -> UInt64 = FlowRunner.chance
  ) {
    self.source = source
    self.pipeline = pipeline
    self.lanes = lanes
    self.journal = journal
    self.leases = leases
    cancellations = RunCancellations(leases: leases, lanes: lanes, time: time)
    self.time = time
    self.log = log
    self.random = random
  }

  package static let chance: @Sendable () -> UInt64 = {
    var system = SystemRandomNumberGenerator()
    return system.next()
  }

  package var catalog: FlowCatalog { source.flows.catalog }

  /// Runs a flow to its end. There is always an outcome, and it was journaled before this returns.
  package func run(_ request: FlowRequest) async -> FlowOutcome {
    do throws(RunFailure) {
      let run = try await newRun(request)
      return try await holding(request.run) { () async throws(RunFailure) in try await go(run) }
    } catch {
      return FlowOutcome(
        status: .failed, text: "", agent: "",
        failure: InvocationFailure(error.code == .flowNotFound ? .toolNotFound : .internal, error.message))
    }
  }

  @inline(never)
  private func newRun(_ request: FlowRequest) async throws(RunFailure) -> ActiveRun {
    try await activeRun(request)
  }

  /// - Parameters:
  ///   - history: what the journal has of it; nil for a new run.
  ///   - other: instead of the flow that is named so.
  ///   - isReplay: it is only gone through again.
  @inline(never)
  func activeRun(
    _ request: FlowRequest, history: RunHistory? = nil, as other: FlowDefinition? = nil,
    isReplay: Bool = false
  ) async throws(RunFailure) -> ActiveRun {
    let (catalog, registry) = source.flows
    guard
      let flow = other ?? catalog.flow(request.flow, for: request.principal.tenant),
      let view = registry[request.principal.tenant]
    else { throw RunFailure(.flowNotFound, "there is no flow \(request.flow)") }
    let past: ConversationPast? =
      if let turn = request.turn { try await past(of: turn, request.principal.tenant, in: flow) } else { nil }
    let deadline =
      isReplay ? Deadline(nanoseconds: .max) : time.now().advanced(by: flow.limits.timeoutNanoseconds)
    let stepRunner = StepRunner(self, request, until: deadline, view.models, isReplay: isReplay)
    return ActiveRun(stepRunner, flow, in: view, past, history)
  }

  /// Whether this process or another one works on the run.
  package func isGoingOn(_ run: RunID) -> Bool { leases.isHeld(run) }

  /// While `body` runs, nobody else writes this run; who still thinks to hold it cannot.
  func holding<Result: Sendable>(
    _ run: RunID, of tenant: TenantID, takingOver: Bool = false,
    _ body: () async throws(RunFailure) -> Result
  ) async throws(RunFailure) -> Result {
    try await holding(run, takingOver: takingOver) { () async throws(RunFailure) in
      do throws(StorageFailure) { try await journal.claim(run, tenant: tenant) } catch {
        throw RunFailure(error)
      }
      return try await body()
    }
  }

  /// A run that begins here needs no claim in the journal: nobody else knows of it.
  func holding<Result: Sendable>(
    _ run: RunID, takingOver: Bool = false, _ body: () async throws(RunFailure) -> Result
  ) async throws(RunFailure) -> Result {
    guard held.take(run) else {
      throw RunFailure(.runIsGoingOn, "the run \(run) is going on in this process")
    }
    defer { held.giveBack(run) }
    let lease: (any RunLease)?
    do { lease = try leases.claim(run, takingOver: takingOver) } catch { throw RunFailure(error) }
    guard let lease else { throw RunFailure(.runIsGoingOn, "the run \(run) is going on in another process") }
    defer { lease.release() }
    return try await body()
  }

  /// From where its history ends.
  func go(_ run: ActiveRun) async throws(RunFailure) -> FlowOutcome {
    let (id, cancellation) = (run.stepRunner.request.run, run.stepRunner.request.cancellation)
    let timer = lanes.schedule(at: run.stepRunner.deadline) { cancellation.cancel() }
    defer { lanes.unschedule(timer) }
    cancellations.watch(id, cancellation)
    defer { cancellations.forget(id) }
    let outcome: FlowOutcome
    do { outcome = try await run.run() } catch { throw RunFailure(error) }
    if outcome.status == .awaitingApproval, questions.coversAll {
      await expireQuestions(of: id, tenant: run.stepRunner.request.principal.tenant)
    }
    return outcome
  }
}
