package import Authorization
package import ModelContracts
package import ToolContracts

/// What one tenant may see and use. Immutable; a change of manifests makes a new one.
package final class TenantView: Sendable {
  package let tenant: TenantID
  package let policy: AccessPolicy
  private let enabled: [ToolName: EnabledFunction]
  /// Sorted by name, so that two listings of the same state are equal.
  package let functions: [EnabledFunction]

  init(tenant: TenantID, policy: AccessPolicy, functions: [EnabledFunction]) {
    self.tenant = tenant
    self.policy = policy
    self.functions = functions.sorted { $0.function.name < $1.function.name }
    enabled = Dictionary(uniqueKeysWithValues: functions.map { ($0.function.name, $0) })
  }

  /// What holds for its model calls.
  package var models: ModelPolicy { functions.first?.models ?? .none }

  package subscript(name: ToolName) -> EnabledFunction? { enabled[name] }

  /// What agents and MCP clients are offered: tools, without the providers.
  package var tools: [EnabledFunction] { functions.filter { $0.function.descriptor.kind == .tool } }
}
