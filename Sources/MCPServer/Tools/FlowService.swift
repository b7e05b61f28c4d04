package import FlowEngine
package import ToolContracts

/// What a transport needs of the flow engine.
package protocol FlowService: Sendable {
  func run(_ request: FlowRequest) async -> FlowOutcome
  /// Whether this process or another one works on the run.
  func isGoingOn(_ run: RunID) -> Bool
}

extension FlowRunner: FlowService {}
