import MCPClient
import Manifests
import Telemetry
import ToolContracts

/// The MCP servers of one tenant, running.
struct MCPServers: Sendable {
  private let servers: [ExternalServer]
  private let references: [MCPServerReference]
  private let patience: [Int64]

  /// Starts those that the tenant has; does not wait for them.
  ///
  /// - Parameter name: this one alone, whether the tenant has others or not.
  init(
    _ configuration: Configuration, _ tenant: TenantManifest, only name: String? = nil,
    _ locations: Locations,
    time: any TimeSource, log: Log, metrics: Metrics
  ) {
    references = configuration.host.mcpServers.filter { server in
      tenant.plugin(server.name) != nil && (name == nil || server.name == name)
    }
    servers = references.map { reference in
      ExternalServer(ServerSettings(reference, locations), time: time, log: log, metrics: metrics)
    }
    patience = references.map { $0.probeNanoseconds + 2 * $0.startNanoseconds }
    for server in servers { server.start() }
  }

  /// What the tenant gets of each of them. Waits until every server has started, or has had its time for that.
  func admissions(for tenant: TenantID, pins: PinStore, log: Log) -> [ServerAdmission] {
    zip(servers, patience).map { server, patience in
      let offered = server.firstTools(withinNanoseconds: patience)
      return ServerAdmission(of: server, offering: offered, for: tenant, pins: pins, log: log)
    }
  }

  /// The tools that a server has now, whether they are approved or not.
  func offered(by name: String) throws(CommandFailure) -> [OfferedTool] {
    guard let index = servers.firstIndex(where: { $0.name == name }) else {
      throw CommandFailure("tool_not_found", "the tenant has no MCP server \(name)", .notFound)
    }
    guard let tools = servers[index].firstTools(withinNanoseconds: patience[index]) else {
      throw CommandFailure(
        "server_down", "\(name) does not start: \(servers[index].trouble ?? "it was stopped")", .failed)
    }
    return tools
  }

  /// Ends them all. One that does not leave at once is left to its guard, which needs no host.
  func stop() {
    for server in servers { server.stop() }
    let end = SystemTime().now().advanced(by: 1_000_000_000)
    for server in servers {
      _ = server.waitForEnd(withinNanoseconds: max(0, SystemTime().now().nanoseconds(until: end)))
    }
  }
}
