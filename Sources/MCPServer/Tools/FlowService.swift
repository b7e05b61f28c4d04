package import FlowEngine
package import Storage
package import ToolContracts

/// What a transport needs of the flow engine.
package protocol FlowService: Sendable {
  func run(_ request: FlowRequest) async -> FlowOutcome
  func begin(
    _ conversation: ConversationID, with request: FlowRequest
  ) async throws(RunFailure) -> FlowOutcome
  func converse(
    _ request: FlowRequest, in conversation: ConversationID, restoring restoration: Restoration?
  ) async throws(RunFailure) -> FlowOutcome
  func summary(
    of conversation: ConversationID, for principal: Principal
  ) async throws(RunFailure) -> ConversationSummary
  func status(of summary: ConversationSummary) -> ConversationStatus
  /// Whether this process or another one works on the run.
  func isGoingOn(_ run: RunID) -> Bool
}

extension FlowRunner: FlowService {}
