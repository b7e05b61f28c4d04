package import FlowEngine
package import ToolContracts
package import ToolRegistry

/// What a tenant's clients are offered at one moment. A request that needs several parts of it takes the whole once.
package struct ServerCatalog: Sendable {
  package let registry: RegistrySnapshot
  /// Nil: the tenant has no functions.
  package let functions: TenantView?
  /// Sorted by name.
  package let flows: [FlowDefinition]
  package let prompts: any PromptSource

  package init(
    of tenant: TenantID, registry: RegistrySnapshot, flows: [FlowDefinition],
    prompts: any PromptSource = PromptTemplates([])
  ) {
    self.registry = registry
    functions = registry[tenant]
    self.flows = flows
    self.prompts = prompts
  }
}

/// Where the catalog of now comes from.
package protocol ServerCatalogSource: Sendable {
  func catalog(for tenant: TenantID) -> ServerCatalog
}

extension ServerCatalog {
  /// What may be called, sorted by name. Calling goes by the same decision.
  var tools: [OfferedTool] {
    let offered = flows.map(OfferedTool.flow) + (functions?.tools ?? []).map(OfferedTool.function)
    return offered.sorted { $0.name < $1.name }
  }

  func tool(named name: String) -> OfferedTool? {
    if name.hasPrefix(OfferedTool.flowPrefix) {
      let flow = name.dropFirst(OfferedTool.flowPrefix.count)
      return flows.first { $0.name == flow }.map(OfferedTool.flow)
    }
    guard
      let name = ToolName(name), let enabled = functions?[name], enabled.function.descriptor.kind == .tool
    else { return nil }
    return .function(enabled)
  }
}
