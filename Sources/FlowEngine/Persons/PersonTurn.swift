import ToolContracts

/// What an agent waits with for a person.
enum PersonTurn: Sendable {
  case question
  /// An answer that is held back.
  case answer(AgentAnswer)
  /// Everything of the turn is done, but for the call by which the agent asked.
  case call(ToolBatch)
  /// At what a stage asks of it.
  case failure(InvocationFailure)
}
