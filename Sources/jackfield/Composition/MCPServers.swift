import MCPClient
import Locking
import Manifests
import Telemetry
import ToolContracts

/// The MCP servers of one tenant, running.
struct MCPServers: Sendable {
  private let servers: [ExternalServer]
  private let references: [MCPServerReference]
  /// How long each may take to start before it is done without.
  private let patience: [Int64]
  /// The listing of each that the tenant was last given.
  private let given: Lock<[Int]>

  /// Starts those that the tenant has; does not wait for them.
  ///
  /// - Parameters:
  ///   - name: this one alone, whether the tenant has others or not.
  ///   - mostPatience: a host that stays can do without a server for a while, and hear of its tools later.
  ///   - toolsChanged: a server has other tools than before. From a thread of its own; must not block.
  init(
    _ configuration: Configuration, _ tenant: TenantManifest, only name: String? = nil,
    _ locations: Locations,
    time: any TimeSource, log: Log, metrics: Metrics, mostPatience: Int64 = .max,
    toolsChanged: @escaping @Sendable () -> Void = {}
  ) {
    references = configuration.host.mcpServers.filter { server in
      tenant.plugin(server.name) != nil && (name == nil || server.name == name)
    }
    servers = references.map { reference in
      ExternalServer(
        ServerSettings(reference, locations), time: time, log: log, metrics: metrics,
        toolsChanged: toolsChanged)
    }
    patience = references.map { min(mostPatience, $0.probeNanoseconds + 2 * $0.startNanoseconds) }
    given = Lock(servers.map { _ in 0 })
    for server in servers { server.start() }
  }

  /// What the tenant gets of each of them. Waits until every server has started, or has had its time for that; a server
  /// is waited for only once.
  func admissions(for tenant: TenantID, pins: PinStore, log: Log) -> [ServerAdmission] {
    servers.indices.map { index in
      let listing = servers[index].firstListing(withinNanoseconds: patience[index])
      given.withLock { $0[index] = listing.number }
      return ServerAdmission(of: servers[index], offering: listing.tools, for: tenant, pins: pins, log: log)
    }
  }

  /// Whether one of them has said something of its tools that the tenant was not given yet.
  var haveNews: Bool { servers.map(\.listingNumber) != given.withLock { $0 } }

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
