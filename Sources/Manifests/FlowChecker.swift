import JSONCodec
import JSONSchema
import ToolContracts

/// Holds a flow's manifest against what the plugins offer.
struct FlowChecker {
  let flow: FlowManifest
  let plugins: [PluginDescriptor]
  /// The plugins that the host loads, whether or not their descriptors are known.
  let declared: [String]

  func check() -> [ManifestError] {
    flow.agents.flatMap { agent in
      checkProvider(of: agent) + checkTools(of: agent) + checkNames(of: agent)
        + agent.handoffs.compactMap(checkInputSchema)
    }
  }

  private var tools: [ToolName] {
    plugins.flatMap { plugin in
      plugin.functions.filter { $0.kind == .tool }.compactMap {
        ToolName(plugin: plugin.id, function: $0.name)
      }
    }
  }

  private func checkProvider(of agent: AgentManifest) -> [ManifestError] {
    guard let plugin = plugins.first(where: { $0.id == agent.model.provider }) else { return [] }
    guard !plugin.functions.contains(where: { $0.kind == .chat }) else { return [] }
    let providers = plugins.filter { $0.functions.contains { $0.kind == .chat } }.map(\.id)
    return [
      ManifestError(
        .unknownProvider, at: agent.model.location,
        "the plugin '\(plugin.id)' carries out no model calls\(hint(plugin.id, providers))")
    ]
  }

  private func checkTools(of agent: AgentManifest) -> [ManifestError] {
    let names = tools.map(\.description)
    return agent.tools.compactMap { reference in
      let pattern = reference.pattern
      guard !names.contains(where: pattern.matches), !isOfUnreadPlugin(pattern) else { return nil }
      let what = pattern.isLiteral ? "there is no tool" : "no tool matches"
      return ManifestError(
        .unknownTool, at: reference.location, "\(what) '\(pattern)'\(hint(pattern.description, names))")
    }
  }

  /// Its file could not be read, and that has been said.
  private func isOfUnreadPlugin(_ pattern: NamePattern) -> Bool {
    let plugin = String(pattern.description.prefix { $0 != "." })
    return declared.contains(plugin) && !plugins.contains { $0.id == plugin }
  }

  /// The model sees tools and handoffs in one list, so no two may have the same name there.
  private func checkNames(of agent: AgentManifest) -> [ManifestError] {
    let used = tools.filter { tool in agent.tools.contains { $0.pattern.matches(tool.description) } }
    return agent.handoffs.compactMap { handoff in
      guard let tool = used.first(where: { $0.alias == handoff.toolName }) else { return nil }
      return ManifestError(
        .nameClash, at: handoff.location,
        "the handoff and the tool '\(tool)' would both be '\(handoff.toolName)' to the model; give a 'tool_name'"
      )
    }
  }

  private func checkInputSchema(of handoff: HandoffManifest) -> ManifestError? {
    guard let schema = handoff.inputSchema else { return nil }
    do {
      _ = try CompiledSchema(schema)
      return nil
    } catch {
      return ManifestError(
        .schemaViolation, at: handoff.location, "the input_schema is no JSON Schema: \(error.message)")
    }
  }
}
