import JSONCodec
package import ToolContracts

/// Finds out what a flow can come to for one tenant, from manifests and descriptors alone.
///
/// What cannot be told is taken for the worse: an external server's tools may do anything, and may have been told anything.
package struct FlowProver {
  let graph: FlowGraph
  let tenant: TenantManifest
  let plugins: [PluginDescriptor]
  /// External servers, whose tools are known only once they run.
  let servers: [String]

  package init(
    _ flow: FlowManifest, for tenant: TenantManifest, plugins: [PluginDescriptor], servers: [String]
  ) {
    graph = FlowGraph(flow)
    self.tenant = tenant
    self.plugins = plugins
    self.servers = servers
  }

  package func findings() -> [ManifestError] {
    sorted(
      unreachableAgents() + blindCycles() + missingTools() + missingSecrets() + unapprovedEffects()
        + untoldConfidence())
  }

  var agents: [AgentManifest] {
    let reachable = graph.reachable(from: graph.flow.firstAgents)
    return graph.flow.agents.filter { reachable.contains($0.name) }
  }

  /// Agents whose answers have no form in which they could tell how sure they are: each of their answers is a person's.
  private func untoldConfidence() -> [ManifestError] {
    guard let confidence = graph.flow.humanHandoff?.confidence, case .answer = confidence.source,
      let start = graph.flow.startAgent
    else { return [] }
    let answering = graph.answering(from: start.name)
    return graph.flow.agents.filter { answering.contains($0.name) && $0.output == nil }.map { agent in
      ManifestError(
        .untoldConfidence, at: agent.location,
        "the agent '\(agent.name)' has no output_schema in which it could tell how sure it is: all of its answers go to a person"
      )
    }
  }

  // MARK: Agents

  private func unreachableAgents() -> [ManifestError] {
    let reachable = Set(agents.map(\.name))
    return graph.flow.agents.filter { !reachable.contains($0.name) }.map { agent in
      let beginning = graph.flow.startAgent.map { "handoff leads from '\($0.name)'" } ?? "stage leads"
      return ManifestError(
        .unreachableAgent, at: agent.location, "no \(beginning) to the agent '\(agent.name)'")
    }
  }

  /// Agents that can only hand over to each other: the way back is refused as soon as it is taken, since nothing new was
  /// found, and they are left with what they knew at first.
  private func blindCycles() -> [ManifestError] {
    var told: Set<String> = []
    return agents.compactMap { agent in
      let circle = graph.reachable(from: agent.name)
      let ways = circle.flatMap { graph.edges(from: $0) }
      guard !ways.isEmpty, ways.allSatisfy({ $0.handoff.mode == .transfer }),
        circle.allSatisfy({ graph.reachable(from: $0).contains(agent.name) }),
        circle.allSatisfy({ name in graph.flow.agent(name).map(tools(of:))?.isEmpty ?? true }),
        told.isDisjoint(with: circle)
      else { return nil }
      told.formUnion(circle)
      let names = circle.sorted().map { "'\($0)'" }.joined(separator: ", ")
      return ManifestError(
        .handoffCycle, at: agent.location,
        "\(names) can only turn to each other, and none of them has a tool: there is no way out but to answer"
      )
    }
  }

  // MARK: Tools

  /// What an agent lists and the tenant has.
  func tools(of agent: AgentManifest) -> [KnownTool] { agent.tools.flatMap { tools(matching: $0.pattern) } }

  func tools(named tool: ToolName) -> [KnownTool] { tools(matching: NamePattern(tool.description)) }

  private func tools(matching pattern: NamePattern) -> [KnownTool] {
    let own = plugins.flatMap { plugin in
      plugin.functions.filter { $0.kind == .tool }.compactMap { function -> KnownTool? in
        guard let name = ToolName(plugin: plugin.id, function: function.name),
          pattern.matches(name.description), tenant.isEnabled(name)
        else { return nil }
        return KnownTool(function, name, needsApproval: tenant.approval(of: name) != nil)
      }
    }
    let foreign = servers.filter { server in
      tenant.plugin(server) != nil && pattern.couldMatch(plugin: server)
    }
    return own
      + foreign.map { server in
        let name = pattern.isLiteral ? ToolName(pattern.description) : nil
        return KnownTool(
          ofServer: server, name, needsApproval: name.map { tenant.approval(of: $0) != nil } ?? false)
      }
  }

  private func missingTools() -> [ManifestError] {
    agents.flatMap { agent in
      agent.tools.filter { tools(matching: $0.pattern).isEmpty && isKnown($0.pattern) }.map { reference in
        ManifestError(
          .notEnabled, at: reference.location,
          "the tenant '\(tenant.name)' has no tool '\(reference.pattern)', which the agent '\(agent.name)' lists"
        )
      }
    }
  }

  /// Whether a tool could be told at all: of a plugin that was not read nothing is said.
  private func isKnown(_ pattern: NamePattern) -> Bool {
    plugins.contains { pattern.couldMatch(plugin: $0.id) }
      || servers.contains { pattern.couldMatch(plugin: $0) }
  }

  private func missingSecrets() -> [ManifestError] {
    let used = Set(
      agents.flatMap { agent in agent.model.providers.map(\.name) + tools(of: agent).map(\.plugin) }
        + graph.flow.stages.compactMap(\.tool).map { String($0.plugin) })
    return tenant.plugins.filter { used.contains($0.id) }.flatMap { enablement -> [ManifestError] in
      guard let plugin = plugins.first(where: { $0.id == enablement.id }) else { return [] }
      let asked = plugin.secrets.filter { !plugin.optionalSecrets.contains($0) }
      return asked.filter { name in !enablement.secrets.contains { $0.name == name } }.map { name in
        ManifestError(
          .secretMissing, at: enablement.location,
          "the plugin '\(enablement.id)', which the flow '\(graph.flow.name)' uses, asks for the secret '\(name)', "
            + "and nothing says where it is")
      }
    }
  }
}

/// A tool as a flow can come to it.
struct KnownTool {
  let name: String
  let plugin: String
  /// What it answers may be written by anybody.
  let isOpenWorld: Bool
  let hasEffect: Bool
  let needsApproval: Bool

  init(_ function: FunctionDescriptor, _ name: ToolName, needsApproval: Bool) {
    self.name = name.description
    plugin = String(name.plugin)
    isOpenWorld = function.annotations?["openWorldHint"]?.bool == true
    hasEffect = function.effect != .none
    self.needsApproval = needsApproval
  }

  /// - Parameter name: nil where any of the server's tools may be meant.
  init(ofServer server: String, _ name: ToolName?, needsApproval: Bool) {
    self.name = name?.description ?? "\(server).*"
    plugin = server
    isOpenWorld = true
    hasEffect = true
    self.needsApproval = needsApproval
  }
}

extension NamePattern {
  /// Whether some function of the plugin could have a name that matches.
  fileprivate func couldMatch(plugin: String) -> Bool {
    let own = description.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    return NamePattern(String(own[0])).matches(plugin)
  }
}
