package import FlowEngine

/// What a transport needs of the flow engine.
package protocol FlowService: Sendable {
  func run(_ request: FlowRequest) async -> FlowOutcome
}

extension FlowRunner: FlowService {}
