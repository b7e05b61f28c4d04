import JSONCodec
package import ToolContracts

/// As which turn of which conversation a run was begun. Stands in its first event, so that it means the same when the run is
/// gone on with or gone through again.
package struct ConversationTurn: Sendable, Equatable {
  /// Nil for a fork of a turn: it knows what was said before, and is no part of it.
  package var conversation: ConversationID?
  /// The turn before, and so on back; nil for the first.
  package var after: RunID?
  /// `after` is of a conversation that has expired, and of which only the key facts are kept.
  package var isAfresh: Bool

  package init(_ conversation: ConversationID, after: RunID? = nil, isAfresh: Bool = false) {
    self.conversation = conversation
    self.after = after
    self.isAfresh = isAfresh
  }

  /// - Parameter start: the data of a `run.started`.
  init?(_ start: JSONView) {
    conversation = start["conversation"]?.string.flatMap { ConversationID($0) }
    after = start["after"]?.string.flatMap { RunID($0) }
    if conversation == nil && after == nil { return nil }
    isAfresh = start["afresh"]?.bool ?? false
  }
}

extension JSONWriter {
  mutating func fields(_ turn: ConversationTurn) {
    if let conversation = turn.conversation { field("conversation", conversation.description) }
    if let after = turn.after { field("after", after.description) }
    if turn.isAfresh { field("afresh", true) }
  }
}
