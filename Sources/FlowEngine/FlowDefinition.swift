package import JSONCodec
package import JSONSchema
package import Manifests
package import ModelContracts
package import ToolContracts

/// A flow as the engine runs it: checked, with every name resolved. Made from a manifest.
package struct FlowDefinition: Sendable {
  package var name: String
  package var description: String
  /// Empty where there are stages.
  package var startAgent: String
  package var agents: [String: AgentDefinition]
  package var limits: FlowLimits
  /// What `{{name}}` stands for in instructions, beside the run's own values.
  package var variables: [String: String]
  /// In the order of the manifest; none where there is a start agent.
  package var stages: [StageDefinition]
  /// The stage whose output is the run's.
  package var result: String
  package var conversation: ConversationSettings
  package var humanHandoff: HumanHandoff?

  package init(
    name: String, description: String, startAgent: String, agents: [String: AgentDefinition],
    limits: FlowLimits, variables: [String: String] = [:], stages: [StageDefinition] = [],
    result: String? = nil, conversation: ConversationSettings = ConversationSettings(),
    humanHandoff: HumanHandoff? = nil
  ) {
    self.name = name
    self.description = description
    self.startAgent = startAgent
    self.agents = agents
    self.limits = limits
    self.variables = variables
    self.stages = stages
    self.result = result ?? stages.last?.name ?? ""
    self.conversation = conversation
    self.humanHandoff = humanHandoff
  }
}

/// A role in a flow: instructions, a model, and what it may use.
package struct AgentDefinition: Sendable {
  package var name: String
  package var description: String
  package var instructions: String
  /// The chat function that answers for this agent: `rules.chat`.
  package var provider: ToolName
  /// The provider's own name of a model.
  package var model: String
  package var settings: JSONValue
  package var plan: ModelPlan
  /// Patterns over tool names; what the tenant may not use is left out.
  package var tools: [NamePattern]
  package var toolChoice: ToolChoice
  package var toolUse: ToolUseBehavior
  package var handoffs: [HandoffDefinition]
  /// Nil: the answer is any text.
  package var output: OutputContract?
  package var guardrails: AgentGuardrails
  package var limits: AgentLimits

  package init(
    name: String, description: String, instructions: String, provider: ToolName, model: String,
    settings: JSONValue = [:], plan: ModelPlan = .none, tools: [NamePattern] = [],
    toolChoice: ToolChoice = .auto,
    toolUse: ToolUseBehavior = .runModelAgain, handoffs: [HandoffDefinition] = [],
    output: OutputContract? = nil, guardrails: AgentGuardrails = AgentGuardrails(),
    limits: AgentLimits = AgentLimits()
  ) {
    self.name = name
    self.description = description
    self.instructions = instructions
    self.provider = provider
    self.model = model
    self.settings = settings
    self.plan = plan
    self.tools = tools
    self.toolChoice = toolChoice
    self.toolUse = toolUse
    self.handoffs = handoffs
    self.output = output
    self.guardrails = guardrails
    self.limits = limits
  }
}

/// A way from one agent to another. To the model it is a tool.
package struct HandoffDefinition: Sendable {
  package typealias Mode = HandoffMode
  /// What the target gets to see of the conversation so far.
  package enum History: Sendable, Equatable {
    /// What was said, without tool calls; words of other agents are quoted as data. The newest `last`, or all.
    case messages(last: Int?)
    /// Everything, as it was.
    case full
    /// Only the user's newest message.
    case none
  }
  package var target: String
  package var mode: Mode
  package var toolName: String
  package var description: String
  package var inputSchema: JSONValue
  package var compiledSchema: CompiledSchema
  package var history: History
  package var maxPerRun: Int?
  /// Of the tools that the target lists, those that it may use when it is reached this way, and whoever it hands over
  /// to; nil: as many as the source could have.
  package var authority: [NamePattern]?
  /// Held against the run's context once, when the run starts.
  package var isEnabled: Condition

  package init(
    target: String, mode: Mode = .transfer, toolName: String, description: String, inputSchema: JSONValue,
    compiledSchema: CompiledSchema, history: History = .messages(last: nil), maxPerRun: Int? = nil,
    authority: [NamePattern]? = nil, isEnabled: Condition = .always
  ) {
    self.target = target
    self.mode = mode
    self.toolName = toolName
    self.description = description
    self.inputSchema = inputSchema
    self.compiledSchema = compiledSchema
    self.history = history
    self.maxPerRun = maxPerRun
    self.authority = authority
    self.isEnabled = isEnabled
  }
}
