import Admission
package import ToolContracts

/// One consistent state of everything that can be called. A call holds on to the snapshot it was resolved in.
package final class RegistrySnapshot: Sendable {
  private let registered: [ToolName: RegisteredFunction]
  private let views: [TenantID: TenantView]

  init(functions: [RegisteredFunction], views: [TenantView]) {
    registered = Dictionary(uniqueKeysWithValues: functions.map { ($0.name, $0) })
    self.views = Dictionary(uniqueKeysWithValues: views.map { ($0.tenant, $0) })
  }

  package static let empty = RegistrySnapshot(functions: [], views: [])

  /// Whether or not any tenant may use it.
  package subscript(name: ToolName) -> RegisteredFunction? { registered[name] }
  package subscript(tenant: TenantID) -> TenantView? { views[tenant] }

  /// Makes its limits those that hold, also for what runs and waits already. For whoever makes this the registry of now.
  package func adoptLimits() {
    for view in views.values {
      for enabled in view.functions { enabled.gate.adopt(enabled.limits) }
    }
  }

  package var functions: [RegisteredFunction] { registered.values.sorted { $0.name < $1.name } }
  package var tenants: [TenantID] { views.keys.sorted { $0.description < $1.description } }
}
