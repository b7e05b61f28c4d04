import JSONCodec
import JSONSchema
package import Manifests
import ToolContracts

extension FlowDefinition {
  /// - Throws: where a schema or a pattern does not compile; says what it was to be, and where it stands.
  package init(_ manifest: FlowManifest) throws(FlowDefinitionError) {
    var guardrails: [String: Guardrail] = [:]
    for guardrail in manifest.guardrails { guardrails[guardrail.name] = try Guardrail(guardrail) }
    var agents: [String: AgentDefinition] = [:]
    for agent in manifest.agents {
      agents[agent.name] = try AgentDefinition(agent, in: manifest, guardrails)
    }
    self.init(
      name: manifest.name, description: manifest.description, startAgent: manifest.startAgent?.name ?? "",
      agents: agents, limits: manifest.limits, variables: manifest.variables,
      stages: try manifest.stages.map { stage throws(FlowDefinitionError) in try StageDefinition(stage) },
      result: manifest.result?.name, conversation: manifest.conversation,
      humanHandoff: try manifest.humanHandoff.map { (manifest) throws(FlowDefinitionError) in
        try HumanHandoff(manifest)
      })
  }
}

package struct FlowDefinitionError: Error, Sendable, Equatable, CustomStringConvertible {
  package var message: String
  /// Where in the manifest.
  package var location: SourceLocation
  package var description: String { message }
}

extension AgentDefinition {
  fileprivate init(
    _ manifest: AgentManifest, in flow: FlowManifest, _ guardrails: [String: Guardrail]
  ) throws(FlowDefinitionError) {
    guard let provider = ToolName(plugin: manifest.model.provider, function: "chat") else {
      throw FlowDefinitionError(
        message: "\(manifest.model.provider) is no name for a provider", location: manifest.model.location)
    }
    var handoffs: [HandoffDefinition] = []
    for handoff in manifest.handoffs { handoffs.append(try HandoffDefinition(handoff, in: flow)) }
    var output: OutputContract?
    if let form = manifest.output {
      output = OutputContract(
        schema: form.schema, compiled: try compiled(form.schema, "the output schema", form.location),
        repairs: form.repairs)
    }
    self.init(
      name: manifest.name, description: manifest.description,
      instructions: [manifest.instructions, manifest.persona.instructions].filter { !$0.isEmpty }
        .joined(separator: "\n\n"),
      provider: provider, model: manifest.model.name, settings: manifest.model.settings,
      plan: manifest.model.plan,
      tools: manifest.tools.map(\.pattern), toolChoice: manifest.toolChoice, toolUse: manifest.toolUse,
      handoffs: handoffs, output: output, guardrails: try AgentGuardrails(manifest.guardrails, guardrails),
      limits: manifest.limits)
  }
}

extension AgentGuardrails {
  fileprivate init(
    _ names: GuardrailReferences, _ known: [String: Guardrail]
  ) throws(FlowDefinitionError) {
    func all(_ names: [NameReference]) throws(FlowDefinitionError) -> [Guardrail] {
      try names.map { name throws(FlowDefinitionError) in
        if let guardrail = known[name.name] { return guardrail }
        throw FlowDefinitionError(
          message: "the flow has no guardrail \(name.name)", location: name.location)
      }
    }
    self.init(
      input: try all(names.input), output: try all(names.output), toolInput: try all(names.toolInput),
      toolOutput: try all(names.toolOutput))
  }
}

extension Guardrail {
  fileprivate init(_ manifest: GuardrailManifest) throws(FlowDefinitionError) {
    let what = "the guardrail \(manifest.name)"
    switch manifest.check {
    case .tool(let tool): self.init(name: manifest.name, check: .tool(tool))
    case .schema(let schema):
      self.init(name: manifest.name, check: .schema(try compiled(schema, what, manifest.location)))
    case .forbid(let patterns):
      let schema: JSONValue = ["not": ["anyOf": .array(patterns.map { ["pattern": .string($0)] })]]
      self.init(name: manifest.name, check: .text(try compiled(schema, what, manifest.location)))
    }
  }
}

extension HumanHandoff {
  fileprivate init(_ manifest: HumanHandoffManifest) throws(FlowDefinitionError) {
    func without(_ patterns: [String]) throws(FlowDefinitionError) -> CompiledSchema {
      let schema: JSONValue = ["not": ["anyOf": .array(patterns.map { ["pattern": .string($0)] })]]
      return try compiled(schema, "human_handoff", manifest.location)
    }
    var topics: [Topic] = []
    for (name, patterns) in manifest.topics { topics.append(Topic(name: name, other: try without(patterns))) }
    self.init(
      noRequest: manifest.request.isEmpty ? nil : try without(manifest.request), topics: topics,
      confidence: manifest.confidence.map { confidence in
        Confidence(
          source: Confidence.Source(confidence.source), threshold: confidence.threshold, low: confidence.low,
          consecutive: confidence.consecutive)
      }, onAgentRequest: manifest.onAgentRequest)
  }
}

extension HumanHandoff.Confidence.Source {
  fileprivate init(_ source: ConfidenceManifest.Source) {
    switch source {
    case .answer(let pointer): self = .answer(pointer)
    case .tool(let tool): self = .tool(tool)
    }
  }
}

extension HandoffDefinition {
  fileprivate init(_ manifest: HandoffManifest, in flow: FlowManifest) throws(FlowDefinitionError) {
    let schema = manifest.inputSchema ?? ["type": "object"]
    let what = "the handoff to \(manifest.target)"
    let about = flow.agent(manifest.target)?.description ?? ""
    let standard =
      switch manifest.mode {
      case .transfer: "Hands the conversation over to \(manifest.target). \(about)"
      case .delegate: "Asks \(manifest.target) and gives you the answer. \(about)"
      }
    self.init(
      target: manifest.target, mode: manifest.mode, toolName: manifest.toolName,
      description: manifest.description ?? standard, inputSchema: schema,
      compiledSchema: try compiled(schema, "the input schema of \(what)", manifest.location),
      history: History(manifest.history), maxPerRun: manifest.maxPerRun,
      authority: manifest.tools?.map(\.pattern),
      isEnabled: try Condition(manifest.isEnabled, "the condition of \(what)", manifest.location))
  }
}

extension StageDefinition {
  fileprivate init(_ manifest: StageManifest) throws(FlowDefinitionError) {
    let what = "of the stage \(manifest.name)"
    let work: Work =
      switch manifest.work {
      case .agent(let agent): .agent(agent.name)
      case .tool(let tool, _): .tool(tool)
      case .approval(let expires): .approval(expiresNanoseconds: expires)
      }
    self.init(
      name: manifest.name, work: work, needs: manifest.needs.map(\.name), input: manifest.input,
      inputSchema: try manifest.inputSchema.map { form throws(FlowDefinitionError) in
        try compiled(form.schema, "the input schema \(what)", form.location)
      },
      output: try manifest.outputSchema.map { form throws(FlowDefinitionError) in
        OutputContract(
          schema: form.schema,
          compiled: try compiled(form.schema, "the output schema \(what)", form.location),
          repairs: manifest.maxRepairs)
      },
      onFailure: manifest.onFailure, limits: manifest.limits)
  }
}

extension Condition {
  /// - Parameter schema: true, false or a JSON Schema; nil: true.
  fileprivate init(
    _ schema: JSONValue?, _ what: String, _ location: SourceLocation
  ) throws(FlowDefinitionError) {
    switch schema {
    case nil, .bool(true)?: self = .always
    case .bool(false)?: self = .never
    case let schema?: self = .when(try compiled(schema, what, location))
    }
  }
}

extension HandoffDefinition.History {
  fileprivate init(_ manifest: HandoffHistory) {
    switch manifest.mode {
    case .messages: self = .messages(last: manifest.lastN)
    case .full: self = .full
    case .none: self = .none
    }
  }
}

private func compiled(
  _ schema: JSONValue, _ what: String, _ location: SourceLocation
) throws(FlowDefinitionError) -> CompiledSchema {
  do { return try CompiledSchema(schema) } catch {
    throw FlowDefinitionError(message: "\(what): \(error.message)", location: location)
  }
}
