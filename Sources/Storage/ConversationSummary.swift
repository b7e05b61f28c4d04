package import ToolContracts

/// A line of the list of conversations, as its runs tell it.
package struct ConversationSummary: Sendable, Equatable {
  package let id: ConversationID
  package let tenant: TenantID
  /// Empty where nobody is named.
  package let user: String
  package let flow: String
  /// Nanoseconds since 1970.
  package let started: Int64
  /// When something last happened in it, as far as runs begin and end. Nanoseconds since 1970.
  package let lastActive: Int64
  /// Those that were taken back are not counted.
  package let turns: Int
  /// The newest turn; nil where each was taken back.
  package let newest: RunSummary?

  /// - Parameter runs: all of the conversation.
  /// - Returns: nil where there are none.
  package init?(_ id: ConversationID, _ runs: [RunSummary]) {
    let runs = runs.sorted { $0.run < $1.run }
    guard let first = runs.first else { return nil }
    let standing = runs.filter { $0.status != .withdrawn }
    self.id = id
    tenant = first.tenant
    user = first.user
    flow = first.name
    started = first.started
    lastActive = runs.map { $0.finished ?? $0.started }.max() ?? first.started
    turns = standing.count
    newest = standing.last
  }
}
