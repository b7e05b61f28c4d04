package import JSONCodec
package import ModelContracts
package import ToolContracts

package struct AgentManifest: Sendable {
  package let name: String
  package let location: SourceLocation
  /// What it is good for; empty where the manifest says nothing.
  package let description: String
  /// With `{{name}}` where the run's own values go.
  package let instructions: String
  package let instructionsLocation: SourceLocation
  package let persona: Persona
  package let model: ModelReference
  /// Patterns over `plugin.function`.
  package let tools: [PatternReference]
  package let toolChoice: ToolChoice
  package let toolUse: ToolUseBehavior
  /// Those of `toolUse`, and where they stand.
  package let stopTools: [PatternReference]
  package let handoffs: [HandoffManifest]
  package let output: OutputManifest?
  package let guardrails: GuardrailReferences
  package let limits: AgentLimits
}

/// How an agent speaks, and what it does not do. Part of its instructions.
package struct Persona: Sendable, Equatable {
  package var tone = ""
  package var traits: [String] = []
  package var restrictions: [String] = []
  package var disclaimers: [String] = []

  /// Empty where nothing is said.
  package var instructions: String {
    var parts: [String] = []
    if !tone.isEmpty { parts.append("Tone: \(tone)") }
    if !traits.isEmpty { parts.append("You are \(traits.joined(separator: ", ")).") }
    if !restrictions.isEmpty { parts.append("What you must not do:\n" + list(restrictions)) }
    if !disclaimers.isEmpty { parts.append("Where it applies, say so:\n" + list(disclaimers)) }
    return parts.joined(separator: "\n\n")
  }

  private func list(_ lines: [String]) -> String { lines.map { "- \($0)" }.joined(separator: "\n") }
}

package enum ToolChoice: String, Sendable {
  case auto
  case none
  case required
}

/// What follows on the results of tools.
package enum ToolUseBehavior: Sendable, Equatable {
  case runModelAgain
  /// The first result that is no error is the answer.
  case stopOnFirstTool
  /// The first of these tools' results that is no error is the answer.
  case stopAtTools([NamePattern])

  package func stops(at tool: ToolName) -> Bool {
    switch self {
    case .runModelAgain: false
    case .stopOnFirstTool: true
    case .stopAtTools(let patterns): patterns.contains { $0.matches(tool.description) }
    }
  }
}

package struct ModelReference: Sendable {
  /// A plugin's id.
  package let provider: String
  package let name: String
  /// An object, passed on to the provider.
  package let settings: JSONValue
  /// Which other models its requests go to, and how.
  package let plan: ModelPlan
  /// Of each model that is named, this one first.
  package let providers: [NameReference]
  /// Members of all settings that are objects.
  package let sections: [NameReference]
  package let location: SourceLocation
}

/// The form that an agent's answer must have.
package struct OutputManifest: Sendable {
  package let schema: JSONValue
  /// How often a wrong answer is given back to the model.
  package let repairs: Int
  package let location: SourceLocation
}

/// Of one agent in a run; nil: the flow's alone.
package struct AgentLimits: Sendable, Equatable {
  /// Model calls.
  package var maxTurns: Int?
  package var maxToolCalls: Int?

  package init(maxTurns: Int? = nil, maxToolCalls: Int? = nil) {
    self.maxTurns = maxTurns
    self.maxToolCalls = maxToolCalls
  }
}

/// Names of guardrails of the flow.
package struct GuardrailReferences: Sendable {
  package let input: [NameReference]
  package let output: [NameReference]
  package let toolInput: [NameReference]
  package let toolOutput: [NameReference]

  /// By the name that the manifest has for it.
  package var stages: [(name: String, guardrails: [NameReference])] {
    [("input", input), ("output", output), ("tool_input", toolInput), ("tool_output", toolOutput)]
  }
  package var all: [NameReference] { stages.flatMap(\.guardrails) }
}

/// Something that must say yes before a text, a call or a result passes.
package struct GuardrailManifest: Sendable {
  package enum Check: Sendable {
    /// A JSON Schema that the value must have.
    case schema(JSONValue)
    /// Regular expressions, none of which may be found in its text.
    case forbid([String])
    /// A tool that is asked.
    case tool(ToolName)
  }
  package let name: String
  package let check: Check
  package let location: SourceLocation
}
