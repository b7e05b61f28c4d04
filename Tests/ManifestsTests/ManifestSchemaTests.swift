import Manifests
import Testing

/// What the schemas of the three kinds catch, and how it is told.
struct ManifestSchemaTests {
  @Test func anUnknownKeyIsToldWithItsPlaceAndTheNearestKnownOne() {
    let folder = smallConfiguration(["flow.yaml": smallFlow.replacing("tools:", with: "toolz:")])
    #expect(
      folder.loader.validate("\(folder.path)/flow.yaml").map(\.description) == [
        "\(folder.path)/flow.yaml:8:5: unknown key 'toolz', did you mean 'tools'? (/agents/triage/toolz) [unknown_key]"
      ])
  }

  @Test func everyFaultOfAFileIsToldInTheOrderOfItsLines() {
    let host = """
      apiVersion: jackfield/v1
      kind: Host
      pluginz: {}
      plugins: {Calc: {}, rules: {fil: x, path: y}}
      tenants: []
      defaults: {timeout: 5, rate_limit: {limit: 0}, concurrency: 1.5}
      journal: {store: sqlit}
      """
    #expect(
      smallConfiguration(["jackfield.yaml": host]).faults() == [
        "3:1 unknown_key /pluginz",
        "4:1 schema_violation /plugins",
        "4:29 unknown_key /plugins/rules/fil",
        "4:37 unknown_key /plugins/rules/path",
        "5:1 schema_violation /tenants",
        "6:12 schema_violation /defaults/timeout",
        "6:24 missing_key /defaults/rate_limit",
        "6:37 schema_violation /defaults/rate_limit/limit",
        "6:48 schema_violation /defaults/concurrency",
        "7:11 schema_violation /journal/store",
      ])
  }

  @Test(arguments: [
    ("kind: Tenant\n", "kind: Tenant\nplugin: {}\n", "3:1 unknown_key /plugin"),
    ("name: acme", "name: Acme", "3:1 schema_violation /name"),
    ("name: acme", "name: 5", "3:1 schema_violation /name"),
    ("calc: {}", "calc: {functions: []}", "4:18 schema_violation /plugins/calc/functions"),
    ("calc: {}", "calc: {functions: [Eval]}", "4:30 schema_violation /plugins/calc/functions/0"),
    ("calc: {}", "calc: {config: [1]}", "4:18 schema_violation /plugins/calc/config"),
    ("calc: {}", "calc: ", "4:11 schema_violation /plugins/calc"),
    ("flows:", "tools: {calc: {}}\nflows:", "5:1 schema_violation /tools"),
    (
      "flows:", "tools: {calc.evaluate: {timeout: 1d}}\nflows:",
      "5:25 schema_violation /tools/calc.evaluate/timeout"
    ),
    (
      "flows:", "tools: {calc.evaluate: {timeout: 0s}}\nflows:",
      "5:25 schema_violation /tools/calc.evaluate/timeout"
    ),
    (
      "flows:", "tools: {calc.evaluate: {approval: never}}\nflows:",
      "5:25 schema_violation /tools/calc.evaluate/approval"
    ),
    (
      "flows:", "tools: {calc.evaluate: {approval: {wenn: {}}}}\nflows:",
      "5:36 unknown_key /tools/calc.evaluate/approval/wenn"
    ),
    ("[helpdesk]", "[\"no flow\"]", "5:9 schema_violation /flows/0"),
  ])
  func aTenantOfAWrongShapeIsRefused(old: String, new: String, expected: String) {
    let tenant = smallTenant.replacing(old, with: new)
    #expect(smallConfiguration(["acme.yaml": tenant]).faults(of: "acme.yaml") == [expected])
  }

  @Test(arguments: [
    ("start_agent: triage\n", "", "1:1 missing_key "),
    ("agents:", "limits: {max_turns: 0}\nagents:", "5:10 schema_violation /limits/max_turns"),
    ("agents:", "limits: {on_limit: wrap}\nagents:", "5:10 schema_violation /limits/on_limit"),
    ("[calc.evaluate]", "[calc]", "8:13 schema_violation /agents/triage/tools/0"),
    ("[calc.evaluate]", "calc.evaluate", "8:5 schema_violation /agents/triage/tools"),
    (
      "[closer]", "[{target: closer, tool_name: \"a b\"}]",
      "9:33 schema_violation /agents/triage/handoffs/0/tool_name"
    ),
    (
      "[closer]", "[{target: closer, history: {last_n: 3}}]",
      "9:33 missing_key /agents/triage/handoffs/0/history"
    ),
    (
      "[closer]", "[{target: closer, input_schema: true}]",
      "9:33 schema_violation /agents/triage/handoffs/0/input_schema"
    ),
    ("provider: rules, name: closer", "name: closer", "11:5 missing_key /agents/closer/model"),
    ("  closer:\n", "  Closer agent:\n", "5:1 schema_violation /agents"),
    ("agents:", "guardrails: {g: {}}\nagents:", "5:14 schema_violation /guardrails/g"),
    ("agents:", "guardrails: {g: {forbid: [a], schema: {}}}\nagents:", "5:14 schema_violation /guardrails/g"),
    ("agents:", "guardrails: {g: {tool: judge}}\nagents:", "5:18 schema_violation /guardrails/g/tool"),
    (
      "[closer]", "[{target: closer, mode: delegat}]",
      "9:33 schema_violation /agents/triage/handoffs/0/mode"
    ),
    (
      "[calc.evaluate]", "[]\n    tool_use_behavior: stop",
      "9:5 schema_violation /agents/triage/tool_use_behavior"
    ),
    (
      "[calc.evaluate]", "[]\n    tool_use_behavior: {}",
      "9:5 missing_key /agents/triage/tool_use_behavior"
    ),
    (
      "[calc.evaluate]", "[]\n    guardrails: {inputs: [g]}",
      "9:18 unknown_key /agents/triage/guardrails/inputs"
    ),
  ])
  func aFlowOfAWrongShapeIsRefused(old: String, new: String, expected: String) {
    let flow = smallFlow.replacing(old, with: new)
    #expect(smallConfiguration(["flow.yaml": flow]).faults(of: "flow.yaml") == [expected])
  }

  @Test func aTextForANumberIsToldWithWhatWasExpected() {
    let folder = smallConfiguration(["jackfield.yaml": smallHost + "\ndefaults: {max_result_bytes: \"10\"}"])
    let faults = folder.loader.validate("\(folder.path)/jackfield.yaml")
    #expect(faults.count == 1 && faults[0].message.contains("an integer"))
  }
}
