import JSONCodec
import JSONSchema
package import Manifests
import ToolContracts

extension FlowDefinition {
  /// - Throws: where a handoff's schema does not compile; names the agent and the place in the schema.
  package init(_ manifest: FlowManifest) throws(FlowDefinitionError) {
    var agents: [String: AgentDefinition] = [:]
    for agent in manifest.agents { agents[agent.name] = try AgentDefinition(agent, in: manifest) }
    self.init(
      name: manifest.name, description: manifest.description, startAgent: manifest.startAgent.name,
      agents: agents,
      limits: manifest.limits)
  }
}

package struct FlowDefinitionError: Error, Sendable, Equatable, CustomStringConvertible {
  package var message: String
  /// Where in the manifest.
  package var location: SourceLocation
  package var description: String { message }
}

extension AgentDefinition {
  fileprivate init(_ manifest: AgentManifest, in flow: FlowManifest) throws(FlowDefinitionError) {
    guard let provider = ToolName(plugin: manifest.model.provider, function: "chat") else {
      throw FlowDefinitionError(
        message: "\(manifest.model.provider) is no name for a provider", location: manifest.model.location)
    }
    var handoffs: [HandoffDefinition] = []
    for handoff in manifest.handoffs { handoffs.append(try HandoffDefinition(handoff, in: flow)) }
    self.init(
      name: manifest.name, description: manifest.description, instructions: manifest.instructions,
      provider: provider,
      model: manifest.model.name, settings: manifest.model.settings,
      tools: manifest.tools.map(\.pattern), toolChoice: manifest.toolChoice, handoffs: handoffs)
  }
}

extension HandoffDefinition {
  fileprivate init(_ manifest: HandoffManifest, in flow: FlowManifest) throws(FlowDefinitionError) {
    let schema = manifest.inputSchema ?? ["type": "object"]
    let compiled: CompiledSchema
    do {
      compiled = try CompiledSchema(schema)
    } catch {
      throw FlowDefinitionError(
        message: "the input schema of the handoff to \(manifest.target): \(error.message)",
        location: manifest.location)
    }
    let about = flow.agent(manifest.target)?.description ?? ""
    self.init(
      target: manifest.target, toolName: manifest.toolName,
      description: manifest.description ?? "Hands the conversation over to \(manifest.target). \(about)",
      inputSchema: schema, compiledSchema: compiled, history: History(manifest.history),
      maxPerRun: manifest.maxPerRun)
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
