package import Invocation
import JSONCodec
import Manifests
package import Storage
package import Telemetry
package import ToolContracts
package import ToolRegistry

/// Carries out what the state machine decides: calls models and tools through the pipeline, writes the journal, watches
/// the time. Any number of runs at once.
package final class FlowRunner: Sendable {
  package let catalog: FlowCatalog
  let registry: RegistryState
  let pipeline: InvocationPipeline
  let lanes: LanePool
  let journal: any RunJournal
  let time: any TimeSource
  let log: Log

  package init(
    catalog: FlowCatalog, registry: RegistryState, pipeline: InvocationPipeline, lanes: LanePool,
    journal: any RunJournal, time: any TimeSource, log: Log
  ) {
    self.catalog = catalog
    self.registry = registry
    self.pipeline = pipeline
    self.lanes = lanes
    self.journal = journal
    self.time = time
    self.log = log
  }

  package func flows(for tenant: TenantID) -> [FlowDefinition] { catalog.flows(for: tenant) }

  /// Runs a flow to its end. There is always an outcome, and it was journaled before this returns.
  package func run(_ request: FlowRequest) async -> FlowOutcome {
    guard
      let flow = catalog.flow(request.flow, for: request.principal.tenant),
      let agent = flow.agents[flow.startAgent],
      let view = registry.current[request.principal.tenant]
    else {
      return FlowOutcome(
        status: .failed, text: "", agent: "",
        failure: InvocationFailure(.toolNotFound, "there is no flow \(request.flow)"))
    }
    let machine = FlowStateMachine(
      flow: flow, agent: agent, toolboxes: flow.agents.mapValues { $0.toolbox(in: view) },
      input: request.input)
    let deadline = time.now().advanced(by: flow.limits.timeoutNanoseconds)
    let timer = lanes.schedule(at: deadline) { request.cancellation.cancel() }
    defer { lanes.unschedule(timer) }
    var run = ActiveRun(runner: self, request: request, machine: machine, deadline: deadline)
    return await run.run()
  }
}
