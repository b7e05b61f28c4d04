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
/// something is wrong, none.
///
/// What `mcp_servers`, `journal` and `runs` say is read once, when the host starts.
final class LiveConfiguration: Sendable {
  let registry = RegistryState()
  let prompts = PromptState()
  let manifests: ManifestResources
  let changes = ChangeAnnouncer()

  private struct State {
    var configuration: Configuration
    var tenant: TenantManifest
    var withheld: [WithheldTool] = []
    var instances: [any ToolBackend] = []
    /// Something has changed since the last look.
    var isDue = false
    var mustRead = false
    var isRunning = false
  }
  private let state: Lock<State>
  private let context: CommandContext
  private let locations: Locations
  private let services: PluginServices
  private let gates = AdmissionGates()
  private let receiver: any CallReceiver
  private let time: any TimeSource
  private let log: Log

  init(
    _ configuration: Configuration, _ tenant: TenantManifest, _ context: CommandContext,
    _ locations: Locations, services: PluginServices, receiver: any CallReceiver, time: any TimeSource,
    log: Log
  ) {
    state = Lock(State(configuration: configuration, tenant: tenant))
    manifests = ManifestResources(configuration, tenant)
    self.context = context
    self.locations = locations
    self.services = services
    self.receiver = receiver
    self.time = time
    self.log = log
  }

  /// Tools of MCP servers that nobody gets before a person has approved them.
  var withheld: [WithheldTool] { state.withLock { $0.withheld } }
  var runs: RunSettings { state.withLock { $0.configuration.host.runs } }
  var instances: [any ToolBackend] { state.withLock { $0.instances } }

  /// Makes the registry of what is known now. Blocks while plugins are loaded and servers are waited for.
  func assemble(_ servers: MCPServers) {
    let (configuration, tenant) = state.withLock { ($0.configuration, $0.tenant) }
    let assembly = RegistryAssembly(
      configuration: configuration, tenant: tenant, servers: servers, services: services,
      locations: locations, gates: gates, receiver: receiver, time: time, log: log)
    registry.swap(to: assembly.snapshot)
    prompts.swap(to: PromptTemplates(configuration, tenant))
    manifests.replace(configuration, tenant)
    state.withLock { state in
      state.withheld = assembly.withheld
      // Those before close themselves when the last call of them has ended.
      state.instances = assembly.instances
    }
  }

  /// Takes everything anew on a thread of its own, one time after the other.
  ///
  /// - Parameter mustRead: the manifests as well, not only what servers offer.
  func reload(_ servers: MCPServers, _ flows: FlowRunner, mustRead: Bool) {
    let starts = state.withLock { state in
      state.isDue = true
      state.mustRead = state.mustRead || mustRead
      defer { state.isRunning = true }
      return !state.isRunning
    }
    guard starts, !startThread("jf-reload", { [self] in reloadWhileDue(servers, flows) }) else { return }
    log.error("there is no thread left to take up a change with")
    state.withLock { $0.isRunning = false }
  }

  private func reloadWhileDue(_ servers: MCPServers, _ flows: FlowRunner) {
    while true {
      let mustRead = state.withLock { state -> Bool? in
        guard state.isDue else {
          state.isRunning = false
          return nil
        }
        defer { (state.isDue, state.mustRead) = (false, false) }
        return state.mustRead
      }
      guard let mustRead else { return }
      if mustRead, !read(into: flows) { continue }
      guard mustRead || servers.haveNews else { continue }
      assemble(servers)
      changes.announce(.tools)
      if mustRead {
        changes.announce(.prompts)
        changes.announce(.resources)
        log.info("the configuration was read anew")
      }
    }
  }

  private func read(into flows: FlowRunner) -> Bool {
    do throws(CommandFailure) {
      let (configuration, tenant) = try Host.readConfiguration(context)
      guard tenant.name == state.withLock({ $0.tenant.name }) else {
        throw CommandFailure("tenant_not_found", "the default tenant is another one now", .findings)
      }
      flows.replaceCatalog(with: try Host.catalog(configuration, tenant))
      state.withLock { ($0.configuration, $0.tenant) = (configuration, tenant) }
      return true
    } catch {
      log.error("the configuration is not in order and stays as it was", ["reason": "\(error.message)"])
      return false
    }
  }
}
