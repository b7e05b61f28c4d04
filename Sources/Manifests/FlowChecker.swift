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
      checkProvider(of: agent) + checkPatterns(agent.tools + agent.stopTools) + checkNames(of: agent)
        + agent.handoffs.flatMap { checkPatterns($0.tools ?? []) }
    } + flow.guardrails.compactMap(checkTool) + checkConfidence() + flow.stages.compactMap(checkTool)
      + checkSchemas()
  }

  private var tools: [ToolName] {
    plugins.flatMap { plugin in
      plugin.functions.filter { $0.kind == .tool }.compactMap {
        ToolName(plugin: plugin.id, function: $0.name)
      }
    }
  }

  private func checkProvider(of agent: AgentManifest) -> [ManifestError] {
    let known = plugins.filter { $0.functions.contains { $0.kind == .chat } }.map(\.id)
    return agent.model.providers.compactMap { provider in
      guard plugins.contains(where: { $0.id == provider.name }), !known.contains(provider.name) else {
        return nil
      }
      return ManifestError(
        .unknownProvider, at: provider.location,
        "the plugin '\(provider.name)' carries out no model calls\(hint(provider.name, known))")
    }
  }

  private func checkPatterns(_ patterns: [PatternReference]) -> [ManifestError] {
    let names = tools.map(\.description)
    return patterns.compactMap { reference in
      let pattern = reference.pattern
      guard !names.contains(where: pattern.matches), !isOfUnreadPlugin(pattern) else { return nil }
      let what = pattern.isLiteral ? "there is no tool" : "no tool matches"
      return ManifestError(
        .unknownTool, at: reference.location, "\(what) '\(pattern)'\(hint(pattern.description, names))")
    }
  }

  private func checkTool(of guardrail: GuardrailManifest) -> ManifestError? {
    guard case .tool(let tool) = guardrail.check else { return nil }
    return checkTool(tool, at: guardrail.location)
  }

  private func checkTool(of stage: StageManifest) -> ManifestError? {
    guard case .tool(let tool, let location) = stage.work else { return nil }
    return checkTool(tool, at: location)
  }

  private func checkTool(_ tool: ToolName, at location: SourceLocation) -> ManifestError? {
    checkPatterns([PatternReference(pattern: NamePattern(tool.description), location: location)]).first
  }

  private func checkConfidence() -> [ManifestError] {
    guard let confidence = flow.humanHandoff?.confidence, case .tool(let tool) = confidence.source else {
      return []
    }
    return checkPatterns([
      PatternReference(pattern: NamePattern(tool.description), location: confidence.location)
    ])
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

  // MARK: Schemas

  private func checkSchemas() -> [ManifestError] {
    var errors: [ManifestError] = []
    func check(_ schema: JSONValue?, _ what: String, _ location: SourceLocation) {
      guard let schema else { return }
      do { _ = try CompiledSchema(schema) } catch {
        errors.append(
          ManifestError(.schemaViolation, at: location, "\(what) is no JSON Schema: \(error.message)"))
      }
    }
    for agent in flow.agents {
      if let output = agent.output { check(output.schema, "the output_schema", output.location) }
      for handoff in agent.handoffs {
        check(handoff.inputSchema, "the input_schema", handoff.location)
        check(handoff.isEnabled, "is_enabled", handoff.location)
      }
    }
    for stage in flow.stages {
      if let form = stage.inputSchema { check(form.schema, "the input_schema", form.location) }
      if let form = stage.outputSchema { check(form.schema, "the output_schema", form.location) }
    }
    for pattern in flow.humanHandoff?.patterns ?? [] {
      guard let location = flow.humanHandoff?.location else { continue }
      check(["pattern": .string(pattern)], "human_handoff's '\(pattern)'", location)
    }
    for guardrail in flow.guardrails {
      switch guardrail.check {
      case .schema(let schema): check(schema, "the guardrail's schema", guardrail.location)
      case .forbid(let patterns):
        for pattern in patterns {
          check(["pattern": .string(pattern)], "the guardrail's '\(pattern)'", guardrail.location)
        }
      case .tool: break
      }
    }
    return errors
  }
}
