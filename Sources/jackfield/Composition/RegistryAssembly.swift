import Admission
import Authorization
import JSONCodec
import MCPClient
import Manifests
import NativePlugins
import Telemetry
import ToolContracts
import ToolRegistry

/// Makes a registry of manifests and plugin files, for one tenant. Plugins that it does not use are known by their
/// descriptors alone: none of their code is loaded.
struct RegistryAssembly {
  let snapshot: RegistrySnapshot
  let instances: [any ToolBackend]
  /// Tools of MCP servers that nobody gets before a person has approved them.
  let withheld: [WithheldTool]
  /// Everything that was left out, and why.
  let problems: [String]

  init(
    configuration: Configuration, tenant: TenantManifest, servers: MCPServers, services: PluginServices,
    locations: Locations, gates: AdmissionGates, receiver: any CallReceiver, time: any TimeSource, log: Log
  ) {
    let loader = PluginLoader(
      probe: locations.probe, cache: locations.verdicts, time: time, log: log.pluginLog)
    let builder = RegistryBuilder(gates: gates)
    var problems: [String] = []
    var descriptors: [PluginDescriptor] = []
    for plugin in configuration.plugins {
      do throws(PluginFailure) {
        let source: any ToolSource =
          if tenant.plugin(plugin.id) == nil {
            DescribedPlugin(descriptor: try PluginLoader.readDescriptor(of: plugin.file))
          } else {
            try loader.load(plugin.file)
          }
        guard source.descriptor.id == plugin.id else {
          throw PluginFailure(
            .descriptorMismatch, "\(plugin.file) is the plugin \(source.descriptor.id), not \(plugin.id)")
        }
        descriptors.append(source.descriptor)
        builder.add(source)
      } catch {
        problems.append(error.description)
      }
    }
    // Asked last: while plugins are loaded, servers start.
    let admissions = servers.admissions(for: tenant.name, pins: PinStore(root: locations.pins), log: log)
    for admission in admissions {
      problems += admission.problems
      builder.add(admission.source)
      guard admission.isKnown else { continue }
      // What is withheld has a name, and so is no mistake of whoever wrote it into a manifest.
      descriptors.append(admission.source.descriptor.adding(admission.withheld))
    }
    withheld = admissions.flatMap(\.withheld)
    problems += ConfigurationChecker(configuration).check(plugins: descriptors).map(\.description)
    let granted = services.granted(by: tenant, of: configuration.host)
    builder.add(tenant.name, TenantAssignment(tenant, configuration, granted), receiver: receiver)
    problems += builder.problems.map(\.description)
    for problem in problems {
      log.error("a part of the configuration is not in use", ["reason": "\(problem)"])
    }
    snapshot = builder.snapshot()
    instances = builder.instances
    self.problems = problems
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
      repair: { tenant.repair(of: $0) })
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
