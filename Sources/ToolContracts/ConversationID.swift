/// A conversation: runs of one flow that follow one another. Looks like a run's, and sorts by the time at which it began.
package struct ConversationID: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The name under which one process at a time holds the conversation.
  package let lease: RunID

  package init(_ id: RunID) { lease = id }

  package init?(_ text: String) {
    guard let id = RunID(text) else { return nil }
    lease = id
  }

  package var description: String { lease.description }

  package static func < (left: ConversationID, right: ConversationID) -> Bool { left.lease < right.lease }
}
