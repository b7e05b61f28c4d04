import FlowEngine
import MCPClient
import MCPServer
import Manifests
import ToolContracts
import ToolRegistry

/// Everything that is made of one reading of the manifests, and served together.
struct Generation: Sendable {
  let configuration: Configuration
  let tenant: TenantManifest
  let catalog: FlowCatalog
  let prompts: PromptTemplates
  var plugins: LoadedPlugins
  var registry = RegistrySnapshot.empty
  /// Tools of MCP servers that nobody gets before a person has approved them.
  var withheld: [WithheldTool] = []
  var instances: [any ToolBackend] = []

  /// Without functions, until a registry is put in.
  init(
    _ configuration: Configuration, _ tenant: TenantManifest, _ plugins: LoadedPlugins
  ) throws(CommandFailure) {
    self.configuration = configuration
    self.tenant = tenant
    self.plugins = plugins
    catalog = try FlowCatalog(configuration, tenant)
    prompts = PromptTemplates(configuration, tenant)
  }

  /// What can be called, and whose code or description it is.
  var functions: [String] {
    registry[tenant.name]?.functions.map { "\($0.function.name) \($0.function.pluginDigest)" } ?? []
  }

  func with(_ assembly: RegistryAssembly) -> Generation {
    var next = self
    next.registry = assembly.snapshot
    next.withheld = assembly.withheld
    // Those before close themselves when the last call of them has ended.
    next.instances = assembly.instances
    return next
  }
}

extension FlowCatalog {
  fileprivate init(_ configuration: Configuration, _ tenant: TenantManifest) throws(CommandFailure) {
    var flows: [FlowDefinition] = []
    for flow in configuration.flows {
      do {
        flows.append(try FlowDefinition(flow))
      } catch {
        throw CommandFailure(
          "schema_violation", "\(error.location.file):\(error.location.line): \(error.message)", .findings)
      }
    }
    self.init(flows: flows, enabled: [tenant.name: Set(tenant.flows.map(\.name))])
  }
}
