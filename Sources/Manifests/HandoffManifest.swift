package import JSONCodec

package struct HandoffManifest: Sendable {
  package let target: String
  package let mode: HandoffMode
  /// What the model calls it: 1 to 64 of `[A-Za-z0-9_-]`.
  package let toolName: String
  /// Nil: the target's own description.
  package let description: String?
  /// A JSON Schema of an object: what the source must say to the target. Nil: nothing.
  package let inputSchema: JSONValue?
  package let history: HandoffHistory
  /// Nil: as often as the flow's limits allow.
  package let maxPerRun: Int?
  /// Of the tools that the target lists, those that are left to it; nil: all.
  package let tools: [PatternReference]?
  /// True, false, or a JSON Schema that the run's context must have; nil: it is.
  package let isEnabled: JSONValue?
  package let location: SourceLocation
}

package enum HandoffMode: String, Sendable {
  /// Control moves to the target.
  case transfer
  /// The source waits for the target's answer, as for a tool's result.
  case delegate

  func toolName(for target: String) -> String {
    switch self {
    case .transfer: "transfer_to_\(target)"
    case .delegate: "ask_\(target)"
    }
  }
}

/// What the target of a handoff sees of the conversation before it.
package struct HandoffHistory: Sendable, Equatable {
  package enum Mode: String, Sendable {
    /// What the user and the agents said; no tool calls.
    case messages
    case full
    case none
  }
  package var mode: Mode
  /// Only the newest so many; nil: all.
  package var lastN: Int?

  package init(mode: Mode = .messages, lastN: Int? = nil) {
    self.mode = mode
    self.lastN = lastN
  }
}
