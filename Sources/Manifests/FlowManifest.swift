package import ModelContracts

/// Agents, what each may use, and to whom it may hand the conversation over.
package struct FlowManifest: Sendable {
  package let file: String
  package let name: String
  package let nameLocation: SourceLocation
  /// Empty where there is none.
  package let description: String
  /// Nil where there are stages.
  package let startAgent: NameReference?
  /// In the order of the file; none where there is a start agent.
  package let stages: [StageManifest]
  /// The stage whose output is the run's; nil where the file does not say, and then it is the last.
  package let result: NameReference?
  package let limits: FlowLimits
  /// What `{{name}}` stands for in instructions, beside the run's own values.
  package let variables: [String: String]
  package let guardrails: [GuardrailManifest]
  package let conversation: ConversationSettings
  package let humanHandoff: HumanHandoffManifest?
  /// In the order of the file.
  package let agents: [AgentManifest]

  /// What a run itself has a value for in every template.
  package static let runVariables = ["agent", "date", "flow", "tenant", "user"]

  package func stage(_ name: String) -> StageManifest? { stages.first { $0.name == name } }
  /// The agents that something else than an agent turns to, each once.
  package var firstAgents: [String] {
    var seen: Set<String> = []
    return ([startAgent] + stages.map(\.agent)).compactMap(\.?.name).filter { seen.insert($0).inserted }
  }

  package func agent(_ name: String) -> AgentManifest? { agents.first { $0.name == name } }
  package func guardrail(_ name: String) -> GuardrailManifest? { guardrails.first { $0.name == name } }
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
  /// Read and written, as the providers count them; nil: as many as it takes. Looked at before each model call.
  package var maxTotalTokens: Int?
  /// What model calls may cost, in the currency of the host's prices; nil: as much as it takes. Looked at before each model
  /// call; once nobody knows what one has cost, it is reached.
  package var maxCost: Money?
  /// How often in a row the same call may fail in the same way.
  package var maxIdenticalFailures = 3
  package var timeoutNanoseconds: Int64 = 60_000_000_000
  package var onLimit = OnLimit.stop

  package init() {}
}
