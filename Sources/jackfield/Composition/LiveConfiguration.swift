import Admission
import FlowEngine
import Locking
import MCPClient
import MCPServer
import Manifests
import Telemetry
import ToolContracts
import ToolRegistry

/// What a running host has of its manifests, plugin files and MCP servers, and how it takes them anew: all of it or, where
/// something is wrong, none. Everything that is served comes from one generation, which is replaced whole.
///
/// What `mcp_servers`, `journal` and `runs` say is read once, when the host starts.
final class LiveConfiguration: Sendable {
  let changes = ChangeAnnouncer()

  private struct Reloading {
    /// Something has changed since the last look.
    var isDue = false
    var mustRead = false
    var isRunning = false
  }
  /// Of the manifests alone.
  private let beginning: Generation
  /// Nil: nothing is served yet.
  private let current = Condition<Generation?>(nil)
  private let reloading = Lock(Reloading())
  private let context: CommandContext
  private let locations: Locations
  private let services: PluginServices
  private let isolation: PluginIsolation
  private let gates = AdmissionGates()
  private let receiver: any CallReceiver
  private let time: any TimeSource
  private let log: Log

  init(
    _ configuration: Configuration, _ tenant: TenantManifest, _ context: CommandContext,
    _ locations: Locations, services: PluginServices, receiver: any CallReceiver, time: any TimeSource,
    log: Log
  ) throws(CommandFailure) {
    beginning = try Generation(configuration, tenant, LoadedPlugins())
    self.context = context
    self.locations = locations
    self.services = services
    self.receiver = receiver
    self.time = time
    self.log = log
    isolation = PluginIsolation(locations, time: time, log: log)
  }

  /// What is served. Waits for `assemble`.
  var generation: Generation { current.wait { $0 } }
  var runs: RunSettings { beginning.configuration.host.runs }

  /// Ends the instances, unless calls are still inside of them, and the processes that some of them run in.
  func stop(isQuiet: Bool) {
    if isQuiet { for instance in generation.instances { instance.close() } }
    isolation.stop()
  }

  /// Begins to serve. Blocks while plugins are loaded and servers are waited for. What cannot be used is left out, and told
  /// in the log.
  func assemble(_ servers: MCPServers) {
    var next = beginning
    next.plugins = load(next.configuration, next.tenant)
    let assembly = assembly(of: next, servers)
    for problem in assembly.problems + assembly.serverProblems { leaveOut(problem) }
    swap(to: next.with(assembly))
  }

  /// Makes ready what first calls would wait for.
  func warmUp() { isolation.warmUp() }

  private func load(_ configuration: Configuration, _ tenant: TenantManifest) -> LoadedPlugins {
    LoadedPlugins(configuration, tenant, isolation)
  }

  private func assembly(of generation: Generation, _ servers: MCPServers) -> RegistryAssembly {
    RegistryAssembly(
      generation, servers: servers, services: services, locations: locations, gates: gates,
      receiver: receiver, log: log)
  }

  private func swap(to next: Generation) {
    current.withLock { current in
      // Within, so that nobody finds the new functions under the old limits.
      next.registry.adoptLimits()
      current = next
    }
    self.current.broadcast()
  }

  private func leaveOut(_ problem: String) {
    log.error("a part of the configuration is not in use", ["reason": "\(problem)"])
  }

  // MARK: Reloading

  /// Takes everything anew on a thread of its own, one time after the other.
  ///
  /// - Parameter mustRead: manifests and plugin files as well, not only what servers offer.
  func reload(_ servers: MCPServers, mustRead: Bool) {
    let starts = reloading.withLock { state in
      state.isDue = true
      state.mustRead = state.mustRead || mustRead
      defer { state.isRunning = true }
      return !state.isRunning
    }
    guard starts, !startThread("jf-reload", { [self] in reloadWhileDue(servers) }) else { return }
    log.error("there is no thread left to take up a change with")
    reloading.withLock { $0.isRunning = false }
  }

  private func reloadWhileDue(_ servers: MCPServers) {
    while true {
      let mustRead = reloading.withLock { state -> Bool? in
        guard state.isDue else {
          state.isRunning = false
          return nil
        }
        defer { (state.isDue, state.mustRead) = (false, false) }
        return state.mustRead
      }
      guard let mustRead else { return }
      if mustRead {
        readAnew(servers)
      } else if servers.haveNews {
        takeUpNews(of: servers)
      }
    }
  }

  /// Manifests and plugins stay as they are.
  private func takeUpNews(of servers: MCPServers) {
    let before = generation
    let assembly = assembly(of: before, servers)
    for problem in assembly.serverProblems { leaveOut(problem) }
    let next = before.with(assembly)
    swap(to: next)
    if next.functions != before.functions { changes.announce(.tools) }
  }

  private func readAnew(_ servers: MCPServers) {
    do throws(CommandFailure) {
      let next = try nextGeneration()
      let assembly = assembly(of: next, servers)
      // What of it was opened already goes with it.
      guard assembly.problems.isEmpty else {
        throw CommandFailure(
          "configuration_invalid", assembly.problems.joined(separator: "; "), .findings)
      }
      for problem in assembly.serverProblems { leaveOut(problem) }
      swap(to: next.with(assembly))
    } catch {
      return log.error(
        "the configuration is not in order and stays as it was", ["reason": "\(error.message)"])
    }
    for change in [Change.tools, .prompts, .resources] { changes.announce(change) }
    log.info("the configuration was read anew")
  }

  private func nextGeneration() throws(CommandFailure) -> Generation {
    let (configuration, tenant) = try Host.readConfiguration(context)
    guard tenant.name == beginning.tenant.name else {
      throw CommandFailure("tenant_not_found", "the default tenant is another one now", .findings)
    }
    return try Generation(configuration, tenant, load(configuration, tenant))
  }
}

extension LiveConfiguration: RegistrySource, FlowSource, ServerCatalogSource {
  var registry: RegistrySnapshot { current.wait { $0?.registry } }

  var flows: (catalog: FlowCatalog, registry: RegistrySnapshot) {
    current.wait { generation in generation.map { ($0.catalog, $0.registry) } }
  }

  func catalog(for tenant: TenantID) -> ServerCatalog {
    let generation = generation
    return ServerCatalog(
      of: tenant, registry: generation.registry, flows: generation.catalog.flows(for: tenant),
      prompts: generation.prompts)
  }
}
