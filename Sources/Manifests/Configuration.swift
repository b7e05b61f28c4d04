package import ModelContracts
package import ToolContracts

/// Everything that the manifests of one host say, read and found consistent with itself.
package struct Configuration: Sendable {
  package let host: HostManifest
  /// The files behind `host.plugins`, in the same order.
  package let plugins: [PluginFile]
  package let tenants: [TenantManifest]
  package let flows: [FlowManifest]
  package let prompts: [PromptsManifest]
  package let prices: PriceList

  package func tenant(_ name: TenantID) -> TenantManifest? { tenants.first { $0.name == name } }
  package func prompt(_ name: String) -> PromptManifest? {
    prompts.lazy.flatMap(\.prompts).first { $0.name == name }
  }
  package func flow(_ name: String) -> FlowManifest? { flows.first { $0.name == name } }

  /// Where a plugin runs for a tenant; nil for one that is no plugin of this host.
  package func isolation(of plugin: String, for tenant: TenantManifest) -> IsolationSettings {
    let host = host.plugins.first { $0.id == plugin }?.isolation ?? IsolationSettings()
    return host.tightened(by: tenant.plugin(plugin)?.isolation ?? IsolationSettings())
  }

  /// The limits of a tool for a tenant: its own word, else the host's, else the plugin's hint.
  package func policy(of tool: ToolName, for tenant: TenantManifest, hints: LimitHints) -> LimitPolicy {
    tenant.limits(of: tool).over(host.defaults).policy(hints: hints)
  }
}

/// A plugin that is to be loaded, and the file that is there for it.
package struct PluginFile: Sendable {
  package let id: String
  package let file: String
  package let location: SourceLocation
}
