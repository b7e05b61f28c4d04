import JSONCodec
import Manifests
import Testing
import ToolContracts

/// What a flow can come to, told from manifests and descriptors alone.
struct FlowProverTests {
  /// `web.fetch` answers what anybody wrote, `mail.send` has an effect, `mail.list` has none.
  private static let plugins = [
    PluginDescriptor(
      id: "web", version: "1.0.0",
      functions: [
        FunctionDescriptor(
          name: "fetch", description: "", inputSchema: [:], annotations: ["openWorldHint": true],
          effect: .none)
      ], secrets: ["key", "other"],
      optionalSecrets: ["other"]),
    PluginDescriptor(
      id: "mail", version: "1.0.0",
      functions: [
        FunctionDescriptor(name: "send", description: "", inputSchema: [:]),
        FunctionDescriptor(name: "list", description: "", inputSchema: [:], effect: .none),
      ]),
    PluginDescriptor(
      id: "rules", version: "1.0.0",
      functions: [FunctionDescriptor(name: "chat", kind: .chat, description: "", inputSchema: [:])]),
  ]

  /// - Parameters:
  ///   - agents: in YAML, of the agents after their models.
  ///   - stages: in YAML, instead of a start agent.
  ///   - tenant: of the tenant, in addition.
  private func findings(
    _ agents: [(String, String)], stages: String? = nil, tenant: String = "", servers: String = ""
  ) throws -> [String] {
    let host = """
      apiVersion: jackfield/v1
      kind: Host
      plugins: {web: {}, mail: {}, rules: {}}
      tenants: [acme.yaml]
      flows: [flow.yaml]
      \(servers)
      """
    let acme = """
      apiVersion: jackfield/v1
      kind: Tenant
      name: acme
      plugins: {web: {secrets: {key: {env: KEY}}}, mail: {}, rules: {}\(servers.isEmpty ? "" : ", files: {}")}
      flows: [flow]
      """
    let flow =
      "apiVersion: jackfield/v1\nkind: Flow\nname: flow\n\(stages ?? "start_agent: a")\nagents:\n"
      + agents.map { "  \($0): {model: {provider: rules, name: m}, \($1)}\n" }.joined()
    let folder = ManifestFolder([
      "jackfield.yaml": host, "flow.yaml": flow, "acme.yaml": tenant.isEmpty ? acme : tenant,
    ])
    for plugin in ["web", "mail", "rules"] { folder.write("", to: "bin/plugins/\(plugin).so") }
    let configuration = try folder.load()
    let prover = FlowProver(
      configuration.flows[0], for: configuration.tenants[0], plugins: Self.plugins,
      servers: configuration.host.mcpServers.map(\.name))
    return prover.findings().map { "\($0.code.rawValue) \($0.pointer)" }
  }

  @Test func aFlowInOrderHasNoFindings() throws {
    #expect(try findings([("a", "tools: [mail.send], handoffs: [b]"), ("b", "tools: [mail.list]")]) == [])
  }

  @Test func anAgentToWhichNothingLeadsIsFound() throws {
    #expect(try findings([("a", "tools: []"), ("b", "handoffs: [a]")]) == ["unreachable_agent /agents/b"])
    #expect(
      try findings([("a", "handoffs: [{target: b, is_enabled: false}]"), ("b", "tools: []")])
        == ["unreachable_agent /agents/b"])
  }

  @Test func agentsThatCanOnlyTurnToEachOtherAreFoundOnce() throws {
    #expect(
      try findings([("a", "handoffs: [b]"), ("b", "handoffs: [a]")]) == ["handoff_cycle /agents/a"])
  }

  @Test(arguments: [
    [("a", "handoffs: [b]"), ("b", "handoffs: [a], tools: [mail.list]")],
    [("a", "handoffs: [b]"), ("b", "handoffs: [a, c]"), ("c", "tools: []")],
    [("a", "handoffs: [b]"), ("b", "handoffs: [a, {target: c, mode: delegate}]"), ("c", "tools: []")],
  ])
  func aCycleWithAToolOrAWayOutIsNone(agents: [(String, String)]) throws {
    #expect(try findings(agents) == [])
  }

  @Test(arguments: [
    [("a", "tools: [web.fetch, mail.send]")], [("a", "tools: ['*']")],
    [("a", "tools: [web.fetch], handoffs: [b]"), ("b", "tools: [mail.send]")],
    [("a", "tools: [mail.send], handoffs: [{target: b, mode: delegate}]"), ("b", "tools: [web.fetch]")],
    [
      ("a", "tools: [web.fetch], handoffs: [{target: b, history: {mode: none}}]"), ("b", "handoffs: [c]"),
      ("c", "tools: [mail.send]"),
    ],
  ])
  func anEffectThatAnOutsiderCanCauseIsFound(agents: [(String, String)]) throws {
    #expect(try findings(agents).map { $0.prefix(17) } == ["unapproved_effect"])
  }

  @Test(arguments: [
    [("a", "tools: [web.fetch, mail.list]")],
    [("a", "tools: [mail.send], handoffs: [b]"), ("b", "tools: [web.fetch]")],
    [("a", "tools: [web.fetch]")],
  ])
  func anEffectThatNoWordOfAnOutsiderReachesIsNot(agents: [(String, String)]) throws {
    #expect(try findings(agents) == [])
  }

  @Test func anAgentThatNoStageComesToIsFound() throws {
    #expect(
      try findings([("a", "tools: []"), ("b", "tools: []")], stages: "stages: {one: {agent: a}}")
        == ["unreachable_agent /agents/b"])
  }

  @Test(arguments: [
    "one: {tool: web.fetch, input: {}}, two: {tool: mail.send, needs: [one], input: {body: $stages.one}}",
    "one: {agent: a}, two: {tool: mail.send, needs: [one], input: {body: [$stages.one/0]}}",
    "one: {tool: web.fetch, input: {}}, two: {agent: c, needs: [one]}",
    "one: {agent: a}, two: {agent: b, needs: [one]}, three: {tool: mail.send, needs: [two], input: $stages.two}",
  ])
  func anEffectThatAnOutsiderCanCauseThroughStagesIsFound(stages: String) throws {
    let found = try findings(
      [("a", "tools: [web.fetch]"), ("b", "tools: []"), ("c", "tools: [mail.send]")],
      stages: "stages: {\(stages)}"
    ).filter { $0.hasPrefix("unapproved_effect") }
    #expect(found.count == 1)
  }

  @Test(arguments: [
    // After it, but not by it.
    "one: {tool: web.fetch, input: {}}, two: {tool: mail.send, needs: [one], input: {body: $input}}",
    "one: {tool: mail.send, input: {}}, two: {tool: web.fetch, needs: [one], input: {}}",
    // A person has read it.
    """
    one: {tool: web.fetch, input: {}}, two: {approval: {}, needs: [one]}, \
    three: {tool: mail.send, needs: [two], input: {body: $stages.two}}
    """,
  ])
  func anEffectThatNoStageBringsAnOutsidersWordsToIsNot(stages: String) throws {
    let found = try findings([("a", "tools: []")], stages: "stages: {\(stages)}")
    #expect(found == ["unreachable_agent /agents/a"])
  }

  @Test func anEffectThatAPersonApprovesIsNot() throws {
    let tenant = """
      apiVersion: jackfield/v1
      kind: Tenant
      name: acme
      plugins: {web: {secrets: {key: {env: KEY}}}, mail: {}, rules: {}}
      tools: {mail.send: {approval: always}}
      flows: [flow]
      """
    #expect(try findings([("a", "tools: ['*']")], tenant: tenant) == [])
  }

  @Test func anExternalServerMayTellAndDoAnything() throws {
    let servers = "mcp_servers: {files: {command: cat}}"
    #expect(try findings([("a", "tools: ['files.*']")], servers: servers) == ["unapproved_effect /agents/a"])
    #expect(try findings([("a", "tools: [mail.send]")], servers: servers) == [])
  }

  @Test func whatTheTenantDoesNotHaveIsFound() throws {
    let tenant = """
      apiVersion: jackfield/v1
      kind: Tenant
      name: acme
      plugins: {web: {}, mail: {functions: [list]}, rules: {}}
      flows: [flow]
      """
    #expect(
      try findings([("a", "tools: [mail.send, 'mail.*', web.fetch]")], tenant: tenant).sorted()
        == ["not_enabled /agents/a/tools/0", "secret_missing /plugins/web"])
    #expect(try findings([("a", "tools: [mail.list]")], tenant: tenant) == [])
  }
}
