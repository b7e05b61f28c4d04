import Storage

/// Why a run that the journal has is not gone on with. For operators.
package struct RunFailure: Error, Sendable, Equatable {
  /// Stable across releases.
  package enum Code: String, Sendable {
    case flowNotFound = "flow_not_found"
    case runNotFound = "run_not_found"
    case runIsGoingOn = "run_is_going_on"
    case runIsFinished = "run_is_finished"
    /// It was asked to end, and has not yet.
    case runIsEnding = "run_is_ending"
    /// A call may have had its effect: that comes first.
    case runIsInDoubt = "run_is_in_doubt"
    case runDamaged = "run_damaged"
    case stepNotInDoubt = "step_not_in_doubt"
    /// It waits for no approval.
    case stepNotAsked = "step_not_asked"
    case approvalExpired = "approval_expired"
    /// Those that a person gives instead of a model's.
    case argumentsInvalid = "arguments_invalid"
    /// The run has no such call.
    case stepNotFound = "step_not_found"
    /// It was not handed over to a person.
    case runWaitsForNobody = "run_waits_for_nobody"
    case runIsTakenOver = "run_is_taken_over"
    case personIsNameless = "person_is_nameless"
    case replayDiverged = "replay_diverged"
    /// Of this user: that of another reads as missing.
    case conversationNotFound = "conversation_not_found"
    case conversationExpired = "conversation_expired"
    /// Its last question is being answered.
    case conversationIsGoingOn = "conversation_is_going_on"
    /// Its last question waits for a person.
    case conversationIsWaiting = "conversation_is_waiting"
    /// A turn before this one is not in the journal any more.
    case conversationIsIncomplete = "conversation_is_incomplete"
    case conversationIsEmpty = "conversation_is_empty"
    /// The host stopped before the last question was answered.
    case turnIsUnanswered = "turn_is_unanswered"
    case storage = "storage_failed"
  }
  package var code: Code
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  init(_ failure: StorageFailure) { self.init(.storage, failure.message) }

  init(_ divergence: ReplayDivergence) {
    self.init(
      .replayDiverged,
      """
      the flow does not decide what it did: event \(divergence.sequence) says \(divergence.journaled), and now it is \
      \(divergence.replayed)
      """)
  }
}
