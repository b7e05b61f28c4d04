import JSONCodec
import Manifests
import Testing
import ToolContracts

/// What only the plugins' descriptors show.
struct ConfigurationCheckerTests {
  private func function(_ name: String, _ kind: FunctionKind = .tool) -> FunctionDescriptor {
    FunctionDescriptor(name: name, kind: kind, description: "", inputSchema: .object(JSONObject()))
  }

  private func plugins(calcSchema: String? = nil) throws -> [PluginDescriptor] {
    [
      PluginDescriptor(
        id: "calc", version: "1.0.0", functions: [function("evaluate"), function("round")],
        configSchema: try calcSchema.map { try JSONValue(parsing: $0) }),
      PluginDescriptor(
        id: "rules", version: "1.0.0", functions: [function("chat", .chat)],
        configSchema: .object(["type": .string("object")])),
    ]
  }

  private func faults(_ files: [String: String] = [:], calcSchema: String? = nil) throws -> [String] {
    let folder = smallConfiguration(files)
    let checker = ConfigurationChecker(try folder.load())
    return checker.check(plugins: try plugins(calcSchema: calcSchema)).map { error in
      "\(error.file.dropFirst(folder.path.count + 1)):\(error.line):\(error.column) \(error.code.rawValue) \(error.pointer)"
    }
  }

  @Test func aConfigurationInOrderHasNoFaults() throws { #expect(try faults() == []) }

  @Test(arguments: [
    ("[calc.evaluate]", "[calc.evalaute]", "flow.yaml:8:13 unknown_tool /agents/triage/tools/0"),
    ("[calc.evaluate]", "[\"docs.*\"]", "flow.yaml:8:13 unknown_tool /agents/triage/tools/0"),
    ("[calc.evaluate]", "[rules.chat]", "flow.yaml:8:13 unknown_tool /agents/triage/tools/0"),
    (
      "provider: rules, name: closer", "provider: calc, name: closer",
      "flow.yaml:11:5 unknown_provider /agents/closer/model"
    ),
    (
      "[closer]", "[{target: closer, tool_name: calc_evaluate}]",
      "flow.yaml:9:16 name_clash /agents/triage/handoffs/0"
    ),
    (
      "[closer]", "[{target: closer, input_schema: {type: objekt}}]",
      "flow.yaml:9:16 schema_violation /agents/triage/handoffs/0"
    ),
    (
      "[closer]", "[{target: closer, is_enabled: {type: objekt}}]",
      "flow.yaml:9:16 schema_violation /agents/triage/handoffs/0"
    ),
    (
      "[closer]", "[{target: closer, tools: [\"docs.*\"]}]",
      "flow.yaml:9:41 unknown_tool /agents/triage/handoffs/0/tools/0"
    ),
    (
      "[closer]", "[closer]\n    tool_use_behavior: {stop_at_tools: [calc.rund]}",
      "flow.yaml:10:41 unknown_tool /agents/triage/tool_use_behavior/stop_at_tools/0"
    ),
    (
      "[closer]", "[closer]\n    output_schema: {type: objekt}",
      "flow.yaml:10:5 schema_violation /agents/triage/output_schema"
    ),
    (
      "agents:", "guardrails: {g: {forbid: [\"(?i)x\"]}}\nagents:",
      "flow.yaml:5:14 schema_violation /guardrails/g"
    ),
    ("agents:", "guardrails: {g: {tool: calc.judge}}\nagents:", "flow.yaml:5:14 unknown_tool /guardrails/g"),
  ])
  func aFlowIsHeldAgainstThePlugins(old: String, new: String, expected: String) throws {
    #expect(try faults(["flow.yaml": smallFlow.replacing(old, with: new)]) == [expected])
  }

  @Test func aToolThatTheAgentDoesNotUseMayShareItsNameWithAHandoff() throws {
    let flow = smallFlow.replacing("[closer]", with: "[{target: closer, tool_name: calc_round}]")
    #expect(try faults(["flow.yaml": flow]) == [])
  }

  @Test(arguments: [
    ("calc: {}", "calc: {functions: [eval*, rund]}", "acme.yaml:4:37 unknown_tool /plugins/calc/functions/1"),
    ("flows:", "tools: {calc.rund: {}}\nflows:", "acme.yaml:5:9 unknown_tool /tools/calc.rund"),
    (
      "flows:", "tools: {calc.round: {approval: {when: {type: objekt}}}}\nflows:",
      "acme.yaml:5:22 schema_violation /tools/calc.round/approval"
    ),
    ("calc: {}", "calc: {config: {a: 1}}", "acme.yaml:4:27 configuration_invalid /plugins/calc/config/a"),
  ])
  func aTenantIsHeldAgainstThePlugins(old: String, new: String, expected: String) throws {
    #expect(try faults(["acme.yaml": smallTenant.replacing(old, with: new)]) == [expected])
  }

  @Test func aPluginsConfigurationIsHeldAgainstItsOwnSchema() throws {
    let schema = #"""
      {"type": "object", "required": ["root"], "additionalProperties": false,
       "properties": {"root": {"type": "string"}, "depth": {"type": "integer"}}}
      """#
    let inline = smallTenant.replacing("calc: {}", with: "calc: {config: {rooot: x, depth: y}}")
    #expect(
      try faults(["acme.yaml": inline], calcSchema: schema) == [
        "acme.yaml:4:18 missing_key /plugins/calc/config",
        "acme.yaml:4:27 unknown_key /plugins/calc/config/rooot",
        "acme.yaml:4:37 configuration_invalid /plugins/calc/config/depth",
      ])
    let file = smallTenant.replacing("calc: {}", with: "calc: {config_file: c.yaml}")
    #expect(
      try faults(["acme.yaml": file, "c.yaml": "root: a\ndepth:\n  - 1\n"], calcSchema: schema) == [
        "c.yaml:2:1 configuration_invalid /depth"
      ])
    #expect(try faults(calcSchema: schema) == ["acme.yaml:4:11 missing_key /plugins/calc"])
  }

  @Test func ofAPluginThatCouldNotBeReadNothingIsSaid() throws {
    let folder = smallConfiguration()
    let checker = ConfigurationChecker(try folder.load())
    #expect(checker.check(plugins: []).isEmpty)
  }
}
