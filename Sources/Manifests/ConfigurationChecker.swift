import JSONCodec
import JSONSchema
package import ToolContracts

/// Finds what no single manifest shows: names that stand for nothing, and names that stand for two things.
package struct ConfigurationChecker {
  private let configuration: Configuration
  private var errors: [ManifestError] = []

  package init(_ configuration: Configuration) { self.configuration = configuration }

  /// What can be told without the plugins.
  package func check() -> [ManifestError] {
    var checker = self
    checker.checkNamesAreUnique()
    checker.checkHost()
    checker.checkServers()
    for tenant in configuration.tenants { checker.check(tenant) }
    for flow in configuration.flows { checker.check(flow) }
    return sorted(checker.errors)
  }

  /// What takes the plugins' descriptors. Of a plugin that is not among them nothing is said.
  package func check(plugins: [PluginDescriptor]) -> [ManifestError] {
    var errors: [ManifestError] = []
    for tenant in configuration.tenants {
      errors += TenantChecker(tenant: tenant, configuration: configuration, plugins: plugins).check()
    }
    for flow in configuration.flows {
      errors += FlowChecker(flow: flow, plugins: plugins, declared: configuration.host.pluginIDs).check()
    }
    return sorted(errors)
  }

  private mutating func checkNamesAreUnique() {
    expectUnique(configuration.tenants.map { ($0.name.description, $0.nameLocation) }, "tenant")
    expectUnique(configuration.flows.map { ($0.name, $0.nameLocation) }, "flow")
    expectUnique(configuration.prompts.flatMap(\.prompts).map { ($0.name, $0.location) }, "prompt")
  }

  private mutating func checkHost() {
    guard let reference = configuration.host.defaultTenant, configuration.tenant(reference.tenant) == nil
    else { return }
    expect(
      reference.tenant.description, at: reference.location,
      among: configuration.tenants.map(\.name.description),
      "tenant", .unknownTenant)
  }

  private mutating func checkServers() {
    let plugins = configuration.host.plugins.map { ($0.id, $0.location) }
    expectUnique(plugins + configuration.host.mcpServers.map { ($0.name, $0.location) }, "plugin")
    for server in configuration.host.mcpServers {
      guard server.command.contains("/"), !ManifestFile.exists(server.command) else { continue }
      errors.append(
        ManifestError(
          .fileMissing, at: server.location,
          "the MCP server '\(server.name)' has no program '\(server.command)'"))
    }
  }

  private mutating func checkConfiguration(of plugin: PluginEnablement) {
    guard configuration.host.mcpServers.contains(where: { $0.name == plugin.id }),
      let stray = plugin.configuration.object?.keys.first
    else { return }
    errors.append(
      ManifestError(
        .configurationInvalid, at: plugin.configurationSource.location(of: JSONPointer([stray])),
        "the MCP server '\(plugin.id)' takes no configuration here; give it arguments in the host's manifest")
    )
  }

  private mutating func check(_ tenant: TenantManifest) {
    let loaded = configuration.host.pluginIDs
    for plugin in tenant.plugins {
      expect(plugin.id, at: plugin.location, among: loaded, "plugin of the host", .unknownPlugin)
      checkConfiguration(of: plugin)
    }
    for limits in tenant.tools {
      expect(
        String(limits.tool.plugin), at: limits.location, among: tenant.plugins.map(\.id),
        "plugin of this tenant",
        .unknownPlugin)
    }
    expectUnique(tenant.prompts.map { ($0.name, $0.location) }, "prompt of this tenant")
    for prompt in tenant.prompts {
      let known = configuration.prompts.flatMap(\.prompts).map(\.name)
      expect(prompt.name, at: prompt.location, among: known, "prompt", .unknownPrompt)
    }
    expectUnique(tenant.flows.map { ($0.name, $0.location) }, "flow of this tenant")
    for flow in tenant.flows {
      expect(flow.name, at: flow.location, among: configuration.flows.map(\.name), "flow", .unknownFlow)
      checkProviders(of: flow, for: tenant)
    }
  }

  private mutating func checkProviders(of reference: NameReference, for tenant: TenantManifest) {
    guard let flow = configuration.flow(reference.name) else { return }
    for provider in flow.agents.flatMap(\.model.providers) where tenant.plugin(provider.name) == nil {
      errors.append(
        ManifestError(
          .notEnabled, at: reference.location,
          "the flow '\(flow.name)' needs the provider '\(provider.name)', which is not on for this tenant"
        ))
    }
    for guardrail in flow.guardrails {
      guard case .tool(let tool) = guardrail.check, !tenant.isEnabled(tool) else { continue }
      errors.append(
        ManifestError(
          .notEnabled, at: reference.location,
          "the flow '\(flow.name)' is guarded by '\(tool)', which is not on for this tenant"))
    }
    if let confidence = flow.humanHandoff?.confidence, case .tool(let tool) = confidence.source,
      !tenant.isEnabled(tool)
    {
      errors.append(
        ManifestError(
          .notEnabled, at: reference.location,
          "the flow '\(flow.name)' asks '\(tool)' how sure answers are, which is not on for this tenant"))
    }
    for tool in flow.stages.compactMap(\.tool) where !tenant.isEnabled(tool) {
      errors.append(
        ManifestError(
          .notEnabled, at: reference.location,
          "the flow '\(flow.name)' has a stage that calls '\(tool)', which is not on for this tenant"))
    }
  }

  private mutating func check(_ flow: FlowManifest) {
    checkVariables(of: flow)
    let agents = flow.agents.map(\.name)
    if let start = flow.startAgent {
      expect(start.name, at: start.location, among: agents, "agent of this flow", .unknownAgent)
    }
    errors += StageChecker(flow).check()
    errors += SettingsChecker(flow: flow, providers: configuration.host.pluginIDs).check()
    if let handoff = flow.humanHandoff, let key = handoff.keyForUsers, !flow.stages.isEmpty {
      errors.append(
        ManifestError(
          .conflictingKeys, at: handoff.location,
          "no agent of a flow in stages answers the user, and its 'human_handoff' has no '\(key)': "
            + "'on_agent_request' is for stages, and so is 'on_failure: person'"))
    }
    for agent in flow.agents {
      for provider in agent.model.providers {
        expect(
          provider.name, at: provider.location, among: configuration.host.pluginIDs, "plugin of the host",
          .unknownProvider)
      }
      expectUnique(
        (flow.humanHandoff.map { $0.onAgentRequest ? [(HumanHandoffManifest.toolName, $0.location)] : [] }
          ?? [])
          + agent.handoffs.map { ($0.toolName, $0.location) }, "handoff of this agent")
      for name in agent.guardrails.all {
        expect(
          name.name, at: name.location, among: flow.guardrails.map(\.name), "guardrail of this flow",
          .unknownGuardrail)
      }
      checkVariables(of: agent, in: flow)
      for handoff in agent.handoffs { check(handoff, agents: agents) }
    }
  }

  private mutating func checkVariables(of flow: FlowManifest) {
    for name in flow.variables.keys.sorted() where FlowManifest.runVariables.contains(name) {
      errors.append(
        ManifestError(.nameClash, at: flow.nameLocation, "the run itself has a value for {{\(name)}}"))
    }
  }

  private mutating func checkVariables(of agent: AgentManifest, in flow: FlowManifest) {
    let known = FlowManifest.runVariables + flow.variables.keys
    for name in TextTemplate(agent.instructions).names where !known.contains(name) {
      errors.append(
        ManifestError(
          .unknownVariable, at: agent.instructionsLocation,
          "nothing has a value for {{\(name)}}\(hint(name, known))"))
    }
  }

  private mutating func check(_ handoff: HandoffManifest, agents: [String]) {
    expect(handoff.target, at: handoff.location, among: agents, "agent of this flow", .unknownAgent)
    if handoff.toolName.utf8.count > 64 {
      errors.append(
        ManifestError(
          .schemaViolation, at: handoff.location,
          "the handoff's name '\(handoff.toolName)' is longer than the 64 characters that models take; give a 'tool_name'"
        ))
    }
  }

  private mutating func expectUnique(_ names: [(name: String, location: SourceLocation)], _ what: String) {
    var first: [String: SourceLocation] = [:]
    for (name, location) in names {
      guard let other = first[name] else {
        first[name] = location
        continue
      }
      errors.append(
        ManifestError(
          .duplicateName, at: location,
          "there is already a \(what) named '\(name)': \(other.file):\(other.line)"))
    }
  }

  private mutating func expect(
    _ name: String, at location: SourceLocation, among known: [String], _ what: String,
    _ code: ManifestError.Code
  ) {
    guard !known.contains(name) else { return }
    errors.append(
      ManifestError(code, at: location, "there is no \(what) named '\(name)'\(hint(name, known))"))
  }
}

/// `, did you mean 'x'?` where something comes near, else what there is.
func hint(_ name: String, _ known: [String]) -> String {
  if let nearest = nearestMatch(to: name, in: known) { return ", did you mean '\(nearest)'?" }
  guard !known.isEmpty, known.count <= 12 else { return "" }
  return "; there are " + known.sorted().map { "'\($0)'" }.joined(separator: ", ")
}
