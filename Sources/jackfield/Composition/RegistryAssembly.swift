import Admission
import Authorization
import JSONCodec
import MCPClient
import Manifests
import ModelContracts
import Telemetry
import ToolContracts
import ToolRegistry

/// Makes a registry of manifests, plugins and what MCP servers offer, for one tenant.
struct RegistryAssembly {
  let snapshot: RegistrySnapshot
  let instances: [any ToolBackend]
  /// Tools of MCP servers that nobody gets before a person has approved them.
  let withheld: [WithheldTool]
  /// What was left out for what is wrong in manifests or with plugins, and why.
  let problems: [String]
  /// What MCP servers are the reason of, which come and go and change by themselves.
  let serverProblems: [String]

  /// Waits for servers.
  init(
    _ generation: Generation, servers: MCPServers, services: PluginServices, locations: Locations,
    gates: AdmissionGates,
    receiver: any CallReceiver, log: Log
  ) {
    let (configuration, tenant) = (generation.configuration, generation.tenant)
    let checker = ConfigurationChecker(configuration)
    let builder = RegistryBuilder(gates: gates)
    for source in generation.plugins.sources { builder.add(source) }
    let countOfPlugins = builder.problems.count
    let admissions = servers.admissions(for: tenant.name, pins: PinStore(root: locations.pins), log: log)
    for admission in admissions { builder.add(admission.source) }
    let countOfServers = builder.problems.count
    let granted = services.granted(by: tenant, of: configuration.host)
    builder.add(tenant.name, TenantAssignment(tenant, configuration, granted.services), receiver: receiver)
    snapshot = builder.snapshot()
    instances = builder.instances
    withheld = admissions.flatMap(\.withheld)
    let ofServers = countOfPlugins..<countOfServers
    // What is withheld has a name, and so is no mistake of whoever wrote it into a manifest.
    let offered = admissions.filter(\.isKnown).map { $0.source.descriptor.adding($0.withheld) }
    let known = generation.plugins.sources.map(\.descriptor)
    let found = checker.check(plugins: known + offered).map(\.description)
    // What is wrong whatever servers offer.
    let isOwn = Set(checker.check(plugins: known).map(\.description))
    problems =
      generation.plugins.problems + found.filter(isOwn.contains) + granted.problems.map(\.description)
      + builder.problems.indices.filter { !ofServers.contains($0) }.map { builder.problems[$0].description }
    serverProblems =
      admissions.flatMap(\.problems) + builder.problems[ofServers].map(\.description)
      + found.filter { !isOwn.contains($0) }
  }
}

extension PluginDescriptor {
  fileprivate func adding(_ withheld: [WithheldTool]) -> PluginDescriptor {
    var descriptor = self
    descriptor.functions += withheld.map { tool in
      FunctionDescriptor(name: String(tool.name.function), description: "", inputSchema: [:])
    }
    return descriptor
  }
}

extension TenantAssignment {
  fileprivate init(
    _ tenant: TenantManifest, _ configuration: Configuration, _ services: [String: GrantedServices]
  ) {
    let patterns = tenant.plugins.map { ($0.id, $0.functions?.map(\.pattern) ?? [NamePattern("*")]) }
    self.init(
      policy: AccessPolicy(
        revision: tenant.file, enabled: Dictionary(patterns, uniquingKeysWith: { first, _ in first })),
      configurations: Dictionary(
        tenant.plugins.map { ($0.id, $0.configuration) }, uniquingKeysWith: { first, _ in first }),
      services: { services[$0] ?? .none },
      limits: { tool, hints in configuration.policy(of: tool, for: tenant, hints: hints) },
      repair: { tenant.repair(of: $0) },
      approval: { tool in
        tenant.approval(of: tool).map {
          ApprovalRule(when: $0.condition, expiresNanoseconds: $0.expiresNanoseconds)
        }
      },
      models: ModelPolicy(
        prices: configuration.prices, budgets: tenant.budgets, breaker: tenant.breaker,
        retryBudget: tenant.retryBudget, answers: tenant.answers))
  }
}

extension Log {
  /// What plugins say, as lines of the host's log.
  var pluginLog: PluginLog {
    { line in
      let fields: Fields = [
        "plugin": "\(line.plugin)", "tenant": "\(line.tenant?.description ?? "")",
        "fields": "\(JSONValue.object(line.fields).text)", "dropped": "\(line.dropped)",
      ]
      switch line.level {
      case .debug: debug(line.message, fields)
      case .info: info(line.message, fields)
      case .warning: warning(line.message, fields)
      case .error: error(line.message, fields)
      }
    }
  }
}
