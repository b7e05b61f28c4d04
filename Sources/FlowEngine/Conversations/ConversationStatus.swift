package import Storage

/// How a conversation stands.
package enum ConversationStatus: String, Sendable {
  /// It can be gone on with.
  case active
  /// Its last question is being answered.
  case answering
  /// The host stopped before its last question was answered.
  case unanswered
  /// A call may have had its effect, and a person has to say whether.
  case inDoubt = "in_doubt"
  case awaitingApproval = "awaiting_approval"
  case waitingForPerson = "waiting_for_person"
  /// Nobody said anything for too long.
  case expired

  /// - Parameters:
  ///   - isHeld: whether somebody works on its newest turn.
  ///   - idleNanoseconds: of silence, after which it has expired. One that waits for somebody does not.
  ///   - now: nanoseconds since 1970.
  package init(_ summary: ConversationSummary, isHeld: Bool, idleNanoseconds: Int64, now: Int64) {
    switch summary.newest?.status {
    case .open: self = isHeld ? .answering : .unanswered
    case .inDoubt: self = .inDoubt
    case .awaitingApproval: self = .awaitingApproval
    case .awaitingPerson: self = .waitingForPerson
    case .succeeded, .failed, .limitReached, .cancelled, .withdrawn, nil:
      self = now - summary.lastActive > idleNanoseconds ? .expired : .active
    }
  }
}
