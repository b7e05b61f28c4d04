package import JSONCodec

/// Agents, what each may use, and to whom it may hand the conversation over.
package struct FlowManifest: Sendable {
  package let file: String
  package let name: String
  package let nameLocation: SourceLocation
  /// Empty where there is none.
  package let description: String
  package let startAgent: NameReference
  package let limits: FlowLimits
  /// In the order of the file.
  package let agents: [AgentManifest]

  package func agent(_ name: String) -> AgentManifest? { agents.first { $0.name == name } }
}

/// Of one run, all of its agents together.
package struct FlowLimits: Sendable, Equatable {
  package enum OnLimit: String, Sendable {
    case stop
    /// One more model call, without tools, to say where things stand.
    case wrapUp = "wrap_up"
  }
  /// Model calls.
  package var maxTurns = 12
  package var maxHandoffs = 6
  package var maxToolCalls = 50
  /// How often in a row the same call may fail in the same way.
  package var maxIdenticalFailures = 3
  package var timeoutNanoseconds: Int64 = 60_000_000_000
  package var onLimit = OnLimit.stop

  package init() {}
}

package struct AgentManifest: Sendable {
  package let name: String
  package let location: SourceLocation
  /// What it is good for; empty where the manifest says nothing.
  package let description: String
  package let instructions: String
  package let model: ModelReference
  /// Patterns over `plugin.function`.
  package let tools: [PatternReference]
  package let handoffs: [HandoffManifest]
  package let toolChoice: ToolChoice
}

package enum ToolChoice: String, Sendable {
  case auto
  case none
  case required
}

package struct ModelReference: Sendable {
  /// A plugin's id.
  package let provider: String
  package let name: String
  /// An object, passed on to the provider.
  package let settings: JSONValue
  package let location: SourceLocation
}

package struct HandoffManifest: Sendable {
  package let target: String
  /// What the model calls it: 1 to 64 of `[A-Za-z0-9_-]`.
  package let toolName: String
  /// Nil: the target's own description.
  package let description: String?
  /// A JSON Schema of an object: what the source must say to the target. Nil: nothing.
  package let inputSchema: JSONValue?
  package let history: HandoffHistory
  /// Nil: as often as the flow's limits allow.
  package let maxPerRun: Int?
  package let location: SourceLocation
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
