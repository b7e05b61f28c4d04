import JSONCodec
import Manifests
import Testing
import ToolContracts

struct ConfigurationLoaderTests {
  @Test func aHostIsReadWithEverythingItNames() throws {
    let folder = smallConfiguration([
      "jackfield.yaml": """
      apiVersion: jackfield/v1
      kind: Host
      plugins: {calc: {file: lib/my-calc.so}, rules: {}}
      plugin_path: [lib, more]
      tenants: [acme.yaml]
      flows: [flow.yaml]
      default_tenant: acme
      defaults: {timeout: 5s, concurrency: 3, max_result_bytes: 1000}
      journal: {store: sqlite, file: "${state_dir}/runs.sqlite"}
      """,
      "lib/my-calc.so": "", "more/rules.so": "",
    ])
    let configuration = try folder.load()
    #expect(configuration.plugins.map(\.id) == ["calc", "rules"])
    #expect(
      configuration.plugins.map(\.file) == ["\(folder.path)/lib/my-calc.so", "\(folder.path)/more/rules.so"])
    #expect(configuration.host.journal == JournalSettings(store: .sqlite, file: "/state/runs.sqlite"))
    #expect(configuration.host.defaultTenant?.tenant == TenantID("acme"))
    #expect(
      configuration.host.defaults
        == LimitOverrides(timeoutNanoseconds: 5_000_000_000, maxResultBytes: 1000, concurrency: 3))
    #expect(configuration.tenants.map(\.name.description) == ["acme"])
    #expect(configuration.flow("helpdesk")?.agents.map(\.name) == ["triage", "closer"])
  }

  @Test func mcpServersAreReadWithTheirDefaults() throws {
    let folder = smallConfiguration([
      "jackfield.yaml": smallHost.replacing(
        "tenants:",
        with: """
          mcp_servers:
            small: {command: npx}
            full:
              command: bin/server
              args: [--root, "${manifest_dir}", $5]
              env: [PATH, TOKEN]
              set_env: {DATA: "${state_dir}/data"}
              cwd: ${state_dir}
              start_timeout: 30s
              probe_timeout: 500ms
          tenants:
          """),
      "acme.yaml": smallTenant.replacing("calc: {}", with: "calc: {}, small: {}, full: {functions: [a]}"),
      "bin/server": "",
    ])
    let host = try folder.load().host
    #expect(host.pluginIDs == ["calc", "rules", "small", "full"])
    let small = host.mcpServers[0]
    #expect(small.command == "npx" && small.arguments.isEmpty && small.setVariables.isEmpty)
    #expect(small.passedVariables == ["HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"])
    #expect(small.folder == folder.path)
    #expect((small.startNanoseconds, small.probeNanoseconds) == (10_000_000_000, 2_000_000_000))
    let full = host.mcpServers[1]
    #expect(full.command == "\(folder.path)/bin/server" && full.folder == "/state")
    #expect(full.arguments == ["--root", folder.path, "$5"])
    #expect(full.passedVariables == ["PATH", "TOKEN"])
    #expect(full.setVariables.map { "\($0.name)=\($0.value)" } == ["DATA=/state/data"])
    #expect((full.startNanoseconds, full.probeNanoseconds) == (30_000_000_000, 500_000_000))
  }

  @Test(arguments: [
    ("calc: {command: npx}", "4:3 duplicate_name /mcp_servers/calc"),
    ("s: {command: ./absent}", "4:3 file_missing /mcp_servers/s"),
    ("s: {command: npx, envs: []}", "4:21 unknown_key /mcp_servers/s/envs"),
    ("s: {args: []}", "4:3 missing_key /mcp_servers/s"),
    ("s: {command: npx, env: [A=B]}", "4:27 schema_violation /mcp_servers/s/env/0"),
    ("s: {command: npx, args: [\"${home}\"]}", "4:28 unknown_variable /mcp_servers/s/args/0"),
    ("S: {command: npx}", "3:1 schema_violation /mcp_servers"),
  ])
  func aFaultOfAnMCPServerHasItsPlace(server: String, fault: String) {
    let host = smallHost.replacing(
      "plugins: {calc: {}, rules: {}}", with: "mcp_servers:\n  \(server)\nplugins: {calc: {}, rules: {}}")
    #expect(smallConfiguration(["jackfield.yaml": host]).faults() == [fault])
  }

  @Test func aTenantIsReadWithItsPluginsAndLimits() throws {
    let folder = smallConfiguration([
      "acme.yaml": """
      apiVersion: jackfield/v1
      kind: Tenant
      name: acme
      plugins:
        calc:
          functions: [eval*, round]
        rules:
          config: {root: "${manifest_dir}/docs", list: ["$${x}", 5, {a: "a${state_dir}b"}]}
      tools:
        calc.evaluate: {timeout: 200ms, rate_limit: {limit: 7, period: 1m, burst: 2}, concurrency: 4}
        calc.round: {rate_limit: {limit: 7, period: 2h}, max_result_bytes: 262144, grace: 1s}
      """
    ])
    let acme = try #require(try folder.load().tenant(TenantID("acme")!))
    let calc = try #require(acme.plugin("calc"))
    #expect(calc.allows("evaluate") && calc.allows("round") && !calc.allows("rounded"))
    #expect(calc.configuration.text == "{}")
    let expected = #"{"root":"\#(folder.path)/docs","list":["${x}",5,{"a":"a/stateb"}]}"#
    #expect(acme.plugin("rules")?.configuration.text == expected)
    #expect(acme.isEnabled(ToolName("calc.evaluate")!) && acme.isEnabled(ToolName("rules.any")!))
    #expect(!acme.isEnabled(ToolName("calc.other")!) && !acme.isEnabled(ToolName("docs.search")!))
    #expect(
      acme.limits(of: ToolName("calc.evaluate")!)
        == LimitOverrides(
          timeoutNanoseconds: 200_000_000,
          rate: RateLimit(limit: 7, periodNanoseconds: 60_000_000_000, burst: 2), concurrency: 4))
    #expect(
      acme.limits(of: ToolName("calc.round")!)
        == LimitOverrides(
          maxResultBytes: 262_144, rate: RateLimit(limit: 7, periodNanoseconds: 7_200_000_000_000, burst: 7),
          graceNanoseconds: 1_000_000_000))
    #expect(acme.limits(of: ToolName("calc.other")!) == LimitOverrides())
  }

  @Test func aFlowIsReadWithItsAgentsAndHandoffs() throws {
    let folder = smallConfiguration([
      "flow.yaml": """
      apiVersion: jackfield/v1
      kind: Flow
      name: helpdesk
      description: Helps.
      start_agent: b
      limits: {max_turns: 2, max_handoffs: 0, max_tool_calls: 5, max_identical_failures: 1, timeout: 1s, on_limit: wrap_up}
      agents:
        b:
          description: Begins.
          instructions: "Do."
          model: {provider: rules, name: m, settings: {temperature: 0.5}}
          tools: ["calc.*"]
          tool_choice: required
          handoffs:
            - a
            - {target: b, tool_name: again, description: D, input_schema: {type: object}, history: {mode: full, last_n: 3}, max_per_run: 2}
        a: {model: {provider: rules, name: m}}
      """
    ])
    let flow = try #require(try folder.load().flow("helpdesk"))
    #expect(flow.startAgent?.name == "b" && flow.description == "Helps.")
    var limits = FlowLimits()
    (limits.maxTurns, limits.maxHandoffs, limits.maxToolCalls, limits.maxIdenticalFailures) = (2, 0, 5, 1)
    (limits.timeoutNanoseconds, limits.onLimit) = (1_000_000_000, .wrapUp)
    #expect(flow.limits == limits)
    let agent = try #require(flow.agent("b"))
    #expect(agent.toolChoice == .required && agent.instructions == "Do." && agent.description == "Begins.")
    #expect(agent.model.settings.text == #"{"temperature":0.5}"#)
    #expect(agent.tools.map(\.pattern) == [NamePattern("calc.*")])
    #expect(agent.handoffs.map(\.toolName) == ["transfer_to_a", "again"])
    #expect(agent.handoffs.map(\.history) == [HandoffHistory(), HandoffHistory(mode: .full, lastN: 3)])
    #expect(agent.handoffs[1].inputSchema?.text == #"{"type":"object"}"# && agent.handoffs[1].maxPerRun == 2)
    #expect(flow.agent("a")?.toolChoice == .auto)
    #expect(try smallConfiguration().load().flow("helpdesk")?.limits == FlowLimits())
  }

  @Test func aConfigurationFileIsReadAsItIs() throws {
    let tenant = smallTenant.replacing("rules: {}", with: "rules: {config_file: sub/rules.yaml}")
    let folder = smallConfiguration(["acme.yaml": tenant, "sub/rules.yaml": "answer: ${slot}\n"])
    let rules = try folder.load().tenants[0].plugin("rules")
    #expect(rules?.configuration.text == #"{"answer":"${slot}"}"#)
    #expect(rules?.configurationSource.location(of: JSONPointer(["answer"])).line == 1)
  }

  @Test func aManifestMayBeJSON() throws {
    let folder = smallConfiguration([
      "jackfield.yaml": smallHost.replacing("acme.yaml", with: "acme.json"),
      "acme.json": #"{"apiVersion": "jackfield/v1", "kind": "Tenant", "name": "acme", "plugins": {}}"#,
    ])
    #expect(try folder.load().tenants[0].plugins.isEmpty)
  }

  @Test(arguments: [
    (smallHost.replacing("[acme.yaml]", with: "[acme.yaml, gone.yaml]"), "4:22 file_missing /tenants/1"),
    (smallHost.replacing("[flow.yaml]", with: "[.]"), "5:9 file_unreadable /flows/0"),
    (smallHost.replacing("calc: {}", with: "docs: {}, calc: {}"), "3:11 file_missing /plugins/docs"),
    (smallHost.replacing("calc: {}", with: "calc: {file: x.so}"), "3:11 file_missing /plugins/calc"),
    (smallHost.replacing("v1", with: "v2"), "1:1 unsupported_version /apiVersion"),
    (smallHost.replacing("Host", with: "Hosts"), "2:1 wrong_kind /kind"),
    (smallHost.replacing("kind: Host\n", with: ""), "1:1 missing_key "),
    (smallHost.replacing("[acme.yaml]", with: "[flow.yaml]"), "flow.yaml:2:1 wrong_kind /kind"),
    ("[1, 2]", "1:1 schema_violation "),
    (
      smallHost.replacing("default_tenant: acme", with: "default_tenant: acne"),
      "6:1 unknown_tenant /default_tenant"
    ),
  ])
  func aFaultOfTheHostIsToldWithItsPlace(host: String, expected: String) {
    #expect(smallConfiguration(["jackfield.yaml": host]).faults() == [expected])
  }

  @Test func aHostThatIsNotThereIsOneError() {
    #expect(ManifestFolder().faults() == ["0:0 file_missing "])
  }

  @Test(arguments: [
    ("calc: {}", "calk: {}", "acme.yaml:4:11 unknown_plugin /plugins/calk"),
    (
      "calc: {}", "calc: {config: {}, config_file: x}",
      "acme.yaml:4:30 conflicting_keys /plugins/calc/config_file"
    ),
    ("calc: {}", "calc: {config_file: x.yaml}", "acme.yaml:4:18 file_missing /plugins/calc/config_file"),
    ("calc: {}", "calc: {config_file: list.yaml}", "list.yaml:1:1 schema_violation "),
    (
      "calc: {}", "calc: {config: {a: [\"${home}\"]}}",
      "acme.yaml:4:31 unknown_variable /plugins/calc/config/a/0"
    ),
    (
      "calc: {}", "calc: {config: {a: \"${state_dir\"}}",
      "acme.yaml:4:27 unknown_variable /plugins/calc/config/a"
    ),
    ("[helpdesk]", "[helpdsk]", "acme.yaml:5:9 unknown_flow /flows/0"),
    ("[helpdesk]", "[helpdesk, helpdesk]", "acme.yaml:5:19 duplicate_name /flows/1"),
    (", rules: {}", "", "acme.yaml:5:9 not_enabled /flows/0"),
    ("flows:", "tools: {docs.search: {}}\nflows:", "acme.yaml:5:9 unknown_plugin /tools/docs.search"),
  ])
  func aFaultOfATenantIsToldWithItsPlace(old: String, new: String, expected: String) {
    let tenant = smallTenant.replacing(old, with: new)
    let faults = smallConfiguration(["acme.yaml": tenant, "list.yaml": "[1]"]).faults()
    #expect(Set(faults) == [expected])
  }

  @Test(arguments: [
    ("start_agent: triage", "start_agent: triaje", "flow.yaml:4:1 unknown_agent /start_agent"),
    ("[closer]", "[nobody]", "flow.yaml:9:16 unknown_agent /agents/triage/handoffs/0"),
    ("[closer]", "[closer, closer]", "flow.yaml:9:24 duplicate_name /agents/triage/handoffs/1"),
    (
      "provider: rules, name: closer", "provider: rulez, name: closer",
      "flow.yaml:11:5 unknown_provider /agents/closer/model"
    ),
    (
      "[calc.evaluate]", "[]\n    instructions: 'Ask {{usr}}.'",
      "flow.yaml:9:5 unknown_variable /agents/triage/instructions"
    ),
    ("agents:", "variables: {tenant: x}\nagents:", "flow.yaml:3:1 name_clash /name"),
    (
      "[calc.evaluate]", "[]\n    guardrails: {tool_output: [safe]}",
      "flow.yaml:9:32 unknown_guardrail /agents/triage/guardrails/tool_output/0"
    ),
    (
      "[calc.evaluate]", "[]\n    output_repairs: 3",
      "flow.yaml:9:5 missing_key /agents/triage/output_repairs"
    ),
    (
      "agents:", "guardrails: {g: {tool: docs.judge}}\nagents:", "acme.yaml:5:9 not_enabled /flows/0"
    ),
  ])
  func aFaultOfAFlowIsToldWithItsPlace(old: String, new: String, expected: String) {
    let folder = smallConfiguration(["flow.yaml": smallFlow.replacing(old, with: new)])
    #expect(folder.faults().contains(expected))
  }

  @Test func twoFilesOfOneNameAreToldWithBothPlaces() {
    let folder = smallConfiguration([
      "jackfield.yaml": smallHost.replacing("[acme.yaml]", with: "[acme.yaml, other.yaml]").replacing(
        "[flow.yaml]", with: "[flow.yaml, other-flow.yaml]"),
      "other.yaml": smallTenant, "other-flow.yaml": smallFlow,
    ])
    #expect(
      Set(folder.faults()) == [
        "other.yaml:3:1 duplicate_name /name", "other-flow.yaml:3:1 duplicate_name /name",
      ])
    #expect(folder.loader.validate("\(folder.path)/jackfield.yaml")[0].message.contains("acme.yaml:3"))
  }

  @Test func allFaultsOfAllFilesAreToldInOrder() {
    let folder = smallConfiguration([
      "acme.yaml":
        "apiVersion: jackfield/v1\nkind: Tenant\nname: acme\nplugins: {a: *x, b: &y {}}\nname: b\n",
      "flow.yaml": "a: [",
    ])
    #expect(
      folder.faults() == [
        "acme.yaml:4:14 unsupported_yaml /plugins/a", "acme.yaml:4:21 unsupported_yaml /plugins/b",
        "acme.yaml:5:1 duplicate_key /name", "flow.yaml:2:1 syntax_error ",
      ])
  }

  @Test func aTenantOrAFlowCanBeCheckedAlone() {
    let folder = smallConfiguration()
    #expect(folder.faults(of: "acme.yaml") == [] && folder.faults(of: "flow.yaml") == [])
  }
}

struct LimitOverridesTests {
  @Test func theTenantGoesBeforeTheHostAndTheHostBeforeThePlugin() {
    let tenant = LimitOverrides(timeoutNanoseconds: 1)
    let host = LimitOverrides(timeoutNanoseconds: 2, maxResultBytes: 20)
    let hints = LimitHints(timeoutMilliseconds: 3, maxResultBytes: 30, ratePerMinute: 4, concurrency: 0)
    #expect(
      tenant.over(host).policy(hints: hints)
        == LimitPolicy(
          timeoutNanoseconds: 1, maxResultBytes: 20,
          rate: RateLimit(limit: 4, periodNanoseconds: 60_000_000_000, burst: 4), concurrency: 1))
    #expect(LimitOverrides().policy(hints: LimitHints()) == LimitPolicy())
    #expect(LimitOverrides().policy(hints: LimitHints(timeoutMilliseconds: .max)).timeoutNanoseconds == .max)
  }
}
