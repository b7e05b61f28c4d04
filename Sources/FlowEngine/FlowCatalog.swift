import JSONCodec
import Manifests
package import ToolContracts
import ToolRegistry

/// All flows, and which tenant may run which. Immutable.
package struct FlowCatalog: Sendable {
  private let flows: [String: FlowDefinition]
  private let enabled: [TenantID: Set<String>]

  package init(flows: [FlowDefinition] = [], enabled: [TenantID: Set<String>] = [:]) {
    self.flows = Dictionary(flows.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.enabled = enabled
  }

  /// Sorted by name.
  package func flows(for tenant: TenantID) -> [FlowDefinition] {
    (enabled[tenant] ?? []).sorted().compactMap { flows[$0] }
  }

  /// A flow of another tenant is as unknown as one that does not exist.
  package func flow(_ name: String, for tenant: TenantID) -> FlowDefinition? {
    enabled[tenant]?.contains(name) == true ? flows[name] : nil
  }
}

extension AgentDefinition {
  /// What this agent may call for this tenant: its tools, as far as the tenant has them, and the handoffs that are on.
  func toolbox(in view: TenantView, _ context: JSONValue) -> Toolbox {
    let tools = view.tools.filter { tool in
      self.tools.contains { $0.matches(tool.function.name.description) }
    }
    return Toolbox(
      tools.map {
        AdvertisedTool(
          modelName: $0.function.name.alias, description: $0.function.descriptor.description,
          inputSchema: $0.function.descriptor.inputSchema, target: .tool($0.function.name),
          approval: $0.approval)
      }
        + handoffs.filter { $0.isEnabled.holds(for: context) }.map {
          AdvertisedTool(
            modelName: $0.toolName, description: $0.description, inputSchema: $0.inputSchema,
            target: .handoff($0))
        })
  }
}
