import Authorization
package import FlowEngine
package import Invocation
package import MCPServer
package import Storage
package import Telemetry
package import ToolContracts
package import ToolRegistry

/// A host put together in memory around fixtures: pipeline, registry and MCP server are the real ones. With a `catalog` of
/// its own the server offers that instead.
package final class FixtureHost: Sendable {
  package static let tenant = TenantID("acme")!  // is an identifier
  package let lanes: LanePool
  package let registry: RegistryState
  package let metrics = Metrics()
  package let changes: ChangeAnnouncer
  package let journal: MemoryJournal
  package let server: MCPServer

  package init(
    _ plugins: [FixturePlugin], enabled: Set<String>? = nil, flows: any FixtureFlows = NoFlows(),
    resources: (any ResourceSource)? = nil, prompts: (any PromptSource)? = nil,
    catalog: (any ServerCatalogSource)? = nil, changes: ChangeAnnouncer = ChangeAnnouncer(),
    defaults: LimitPolicy = LimitPolicy(), laneCount: Int = 4, limits: MCPServer.Limits = MCPServer.Limits(),
    log: Log = .none
  ) {
    let time = SystemTime()
    self.changes = changes
    lanes = LanePool(laneCount: laneCount)
    let builder = RegistryBuilder()
    for plugin in plugins { builder.add(plugin) }
    let ids = enabled ?? Set(plugins.map(\.descriptor.id))
    let patterns = Dictionary(uniqueKeysWithValues: ids.map { ($0, [NamePattern("*")]) })
    builder.add(
      FixtureHost.tenant,
      TenantAssignment(policy: AccessPolicy(revision: "1", enabled: patterns), limits: { _, _ in defaults }),
      receiver: lanes)
    precondition(builder.problems.isEmpty, "\(builder.problems)")
    registry = RegistryState(builder.snapshot())
    let journal = MemoryJournal(maxEvents: 1000)
    self.journal = journal
    let pipeline = InvocationPipeline(
      registry: registry, lanes: lanes, journal: journal, time: time, log: log,
      metrics: metrics)
    server = MCPServer(
      pipeline: pipeline,
      catalog: catalog ?? FixtureCatalog(registry: registry, flows: flows, prompts: prompts),
      flows: flows, resources: resources, hasPrompts: prompts != nil || catalog != nil, journal: journal,
      changes: changes,
      lanes: lanes,
      principal: Principal(tenant: FixtureHost.tenant), identifiers: RandomIdentifiers(time: time),
      time: time,
      log: log, metrics: metrics,
      info: ServerInfo(name: "jackfield-fixture", title: "Fixture", version: "1.0.0"),
      limits: limits)
  }
}

extension FixtureHost {
  /// What this host has, with other flows and prompts.
  package func catalog(
    flows: [FlowDefinition] = [], prompts: any PromptSource = PromptTemplates([])
  ) -> ServerCatalog {
    ServerCatalog(of: FixtureHost.tenant, registry: registry.registry, flows: flows, prompts: prompts)
  }
}

/// Flows that run without an engine.
package protocol FixtureFlows: FlowService {
  var definitions: [FlowDefinition] { get }
}

extension FixtureFlows {
  package func isGoingOn(_ run: RunID) -> Bool { false }
  package func begin(
    _ conversation: ConversationID, with request: FlowRequest
  ) async throws(RunFailure) -> FlowOutcome { await run(request) }
  package func converse(
    _ request: FlowRequest, in conversation: ConversationID, restoring restoration: Restoration?
  ) async throws(RunFailure) -> FlowOutcome { await run(request) }
  package func summary(
    of conversation: ConversationID, for principal: Principal
  ) async throws(RunFailure) -> ConversationSummary {
    throw RunFailure(.conversationNotFound, "there is no conversation \(conversation)")
  }
  package func status(of summary: ConversationSummary) -> ConversationStatus { .active }
}

private struct FixtureCatalog: ServerCatalogSource {
  let registry: RegistryState
  let flows: any FixtureFlows
  let prompts: (any PromptSource)?

  func catalog(for tenant: TenantID) -> ServerCatalog {
    ServerCatalog(
      of: tenant, registry: registry.registry, flows: flows.definitions,
      prompts: prompts ?? PromptTemplates([]))
  }
}

package struct NoFlows: FixtureFlows {
  package init() {}
  package let definitions: [FlowDefinition] = []
  package func run(_ request: FlowRequest) async -> FlowOutcome {
    FlowOutcome(status: .failed, text: "", agent: "")
  }
}
