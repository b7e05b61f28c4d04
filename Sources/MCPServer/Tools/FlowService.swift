package import FlowEngine
package import ToolContracts

/// What a transport needs of the flow engine.
package protocol FlowService: Sendable {
  /// Those that the tenant may run, sorted by name.
  func flows(for tenant: TenantID) -> [FlowDefinition]
  func run(_ request: FlowRequest) async -> FlowOutcome
}

extension FlowRunner: FlowService {}
