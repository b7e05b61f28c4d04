import FlowEngine
import Invocation
import JSONCodec
import Locking
import MCPClient
import MCPServer
import Manifests
import NativePlugins
import SQLiteStorage
import Storage
import Telemetry
import ToolContracts
import ToolRegistry

/// One running host, put together for one principal. The only place that names concrete adapters.
struct Host: Sendable {
  let principal: Principal
  let time: any TimeSource
  let identifiers: any IdentifierSource
  let log: Log
  let metrics: Metrics
  let lanes: LanePool
  let journal: any RunJournal
  let configuration: LiveConfiguration
  let pipeline: InvocationPipeline
  let flows: FlowRunner
  private let servers: MCPServers
  private let services: PluginServices
  private let budgets: any BudgetLedger
  private let answers: any AnswerStore

  var registry: RegistrySnapshot { configuration.registry }

  /// - Parameter stays: takes up changes of its configuration and of its MCP servers while it runs.
  static func start(
    _ context: CommandContext, logsAt level: LogLevel = .warning, stays: Bool = false
  ) async throws(CommandFailure) -> Host {
    let (configuration, tenant) = try readConfiguration(context)
    let locations = try Locations(context.arguments)
    let time = SystemTime()
    let log = makeLog(context, level)
    let journal = try openJournal(context, configuration, log: log)
    let budgets: any BudgetLedger =
      configuration.host.journal.store == .memory
      ? MemoryBudgetLedger() : LateBudgetLedger(path: locations.budgets)
    let answers: any AnswerStore =
      configuration.host.journal.store == .memory
      ? MemoryAnswerStore() : LateAnswerStore(path: locations.answers)
    let lanes = LanePool(laneCount: processorCount(), time: time, log: log)
    let metrics = Metrics()
    let services = PluginServices(
      configuration, locations, lanes: lanes, journal: journal, time: time, log: log)
    let live = try LiveConfiguration(
      configuration, tenant, context, locations, services: services, receiver: lanes, time: time, log: log)
    let pipeline = InvocationPipeline(
      registry: live, lanes: lanes, journal: journal, budgets: budgets, answers: answers, time: time,
      log: log, metrics: metrics)
    services.callThrough(pipeline)
    let flows = FlowRunner(
      flows: live, pipeline: pipeline, lanes: lanes, journal: journal,
      leases: FileRunLeases(directory: locations.leases), time: time, log: log)
    let started = Lock<MCPServers?>(nil)
    let reload: @Sendable (Bool) -> Void = { mustRead in
      if let servers = started.withLock({ $0 }) { live.reload(servers, mustRead: mustRead) }
    }
    let servers = MCPServers(
      configuration, tenant, locations, time: time, log: log, metrics: metrics,
      stays: stays,
      toolsChanged: { if stays { reload(false) } })
    let begin: @Sendable () -> Void = {
      live.assemble(servers)
      guard stays else { return }
      started.withLock { $0 = servers }
      live.warmUp()
      context.reloading.onReload { reload(true) }
      // A server that was ready between the look at it and now has told nobody.
      if servers.haveNews { reload(false) }
    }
    // Who stays answers meanwhile what needs no plugin.
    if !stays || !startThread("jf-start", begin) { begin() }
    return Host(
      principal: Principal(tenant: tenant.name, user: context.arguments[.user] ?? ""), time: time,
      identifiers: RandomIdentifiers(time: time), log: log, metrics: metrics, lanes: lanes, journal: journal,
      configuration: live, pipeline: pipeline, flows: flows, servers: servers, services: services,
      budgets: budgets, answers: answers)
  }

  /// A host for the length of `body`: stopped whatever comes of it.
  static func use<Value>(
    _ context: CommandContext, _ body: (Host) async throws(CommandFailure) -> Value
  ) async throws(CommandFailure) -> Value {
    let host = try await start(context)
    do throws(CommandFailure) {
      let value = try await body(host)
      await host.stop()
      return value
    } catch {
      await host.stop()
      throw error
    }
  }

  /// Runs `body` on the lanes, where calls cost no change of thread.
  func onLanes<Value: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    try await Task(executorPreference: lanes) { () async -> Result<Value, Failure> in
      do throws(Failure) { return .success(try await body()) } catch { return .failure(error) }
    }.value.get()
  }

  /// Once the journal has what plugins did through the host in calls that are over.
  func usesWritten() async { await services.usesWritten() }

  /// Ends what runs and writes what is left. An instance that a call is still inside of is left as it is.
  func stop() async {
    lanes.shutDown()
    servers.stop()
    configuration.stop(isQuiet: lanes.counts.callsInUse == 0)
    await services.close()
    await budgets.close()
    await answers.close()
    await journal.close()
  }

  // MARK: Parts

  /// The configuration, and the tenant of this command in it.
  static func readConfiguration(
    _ context: CommandContext
  ) throws(CommandFailure) -> (Configuration, TenantManifest) {
    let configuration = try readManifests(context)
    return (configuration, try tenant(context.arguments[.tenant], in: configuration))
  }

  static func readManifests(_ context: CommandContext) throws(CommandFailure) -> Configuration {
    let locations = try Locations(context.arguments)
    let loader = ConfigurationLoader(
      executableDirectory: locations.executableDirectory, stateDirectory: locations.state)
    do { return try loader.load(locations.configuration) } catch { throw CommandFailure(error) }
  }

  /// - Parameter asked: nil: the one that holds where none is named.
  static func tenant(
    _ asked: String?, in configuration: Configuration
  ) throws(CommandFailure) -> TenantManifest {
    if let asked {
      guard let name = TenantID(asked), let tenant = configuration.tenant(name) else {
        throw CommandFailure("tenant_not_found", "there is no tenant \(asked)", .notFound)
      }
      return tenant
    }
    if let reference = configuration.host.defaultTenant, let tenant = configuration.tenant(reference.tenant) {
      return tenant
    }
    guard let only = configuration.tenants.first, configuration.tenants.count == 1 else {
      throw .usage("which tenant? Give --tenant, or a default_tenant in \(configuration.host.file)")
    }
    return only
  }

  static func makeLog(_ context: CommandContext, _ level: LogLevel = .warning) -> Log {
    let time = SystemTime()
    return Log(
      to: DescriptorSink.standardError, minimumLevel: context.console.isVerbose ? .debug : level,
      clock: { time.wallClock() })
  }

  static func openJournal(
    _ context: CommandContext, _ configuration: Configuration, log: Log
  ) throws(CommandFailure) -> any (RunJournal & EventSource) {
    if configuration.host.journal.store == .memory { return MemoryJournal() }
    let locations = try Locations(context.arguments)
    do {
      return try SQLiteJournal(path: configuration.host.journal.file ?? locations.journal, log: log)
    } catch {
      throw CommandFailure(error)
    }
  }
}

extension CommandFailure {
  /// Every error of the manifests is told; the first one gives the code.
  init(_ errors: ManifestErrors) {
    let first = errors.errors.first
    self.init(
      first?.code.rawValue ?? "internal", errors.description, .findings, pointer: first?.pointer.description)
  }
}
