import MCPClient
import Locking
import Manifests
import Telemetry
import ToolContracts

/// The MCP servers of one tenant, running.
struct MCPServers: Sendable {
  private let servers: [ExternalServer]
  private let references: [MCPServerReference]
  /// By when each has to have started before it is done without. All start at once, so all are waited for at once.
  private let deadlines: [MonotonicTime]
  private let time: any TimeSource
  private let stays: Bool
  /// The listing of each that the tenant was last given.
  private let given: Lock<[Int]>

  /// What a host that stays grants to all servers together at its start: it hears of their tools later as well. Enough for
  /// those that are quick, so that clients who list tools only once have theirs too.
  private static let patienceOfAHostThatStays: Int64 = 250_000_000

  /// Starts those that the tenant has; does not wait for them.
  ///
  /// - Parameters:
  ///   - name: this one alone, whether the tenant has others or not.
  ///   - stays: the host does not wait for servers of which something was approved before.
  ///   - toolsChanged: a server has other tools than before. From a thread of its own; must not block.
  init(
    _ configuration: Configuration, _ tenant: TenantManifest, only name: String? = nil,
    _ locations: Locations,
    time: any TimeSource, log: Log, metrics: Metrics, stays: Bool = false,
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
    let now = time.now()
    deadlines = references.map { reference in
      let whole = reference.probeNanoseconds + 2 * reference.startNanoseconds
      return now.advanced(by: stays ? min(whole, Self.patienceOfAHostThatStays) : whole)
    }
    self.time = time
    self.stays = stays
    given = Lock(servers.map { _ in 0 })
    for server in servers { server.start() }
  }

  /// What the tenant gets of each of them. A server is waited for only once, and not longer than until its deadline.
  func admissions(for tenant: TenantID, pins: PinStore, log: Log) -> [ServerAdmission] {
    servers.indices.map { index in
      let server = servers[index]
      let isAwaited = !stays || !pins.knows(server.name, for: tenant)
      let listing = server.firstListing(withinNanoseconds: isAwaited ? nanosecondsLeft(for: index) : 0)
      given.withLock { $0[index] = listing.number }
      return ServerAdmission(
        of: server, offering: listing.tools, mayComeLater: stays, for: tenant, pins: pins, log: log)
    }
  }

  private func nanosecondsLeft(for index: Int) -> Int64 {
    max(0, time.now().nanoseconds(until: deadlines[index]))
  }

  /// Whether one of them has said something of its tools that the tenant was not given yet.
  var haveNews: Bool { servers.map(\.listingNumber) != given.withLock { $0 } }

  /// The tools that a server has now, whether they are approved or not.
  func offered(by name: String) throws(CommandFailure) -> [OfferedTool] {
    guard let index = servers.firstIndex(where: { $0.name == name }) else {
      throw CommandFailure("tool_not_found", "the tenant has no MCP server \(name)", .notFound)
    }
    guard let tools = servers[index].firstTools(withinNanoseconds: nanosecondsLeft(for: index)) else {
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
