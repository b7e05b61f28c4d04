import Manifests
import Testing

/// Stages of a flow that cannot be done are told before anything is.
struct StageCheckerTests {
  private func faults(_ stages: String, more: String = "") -> [String] {
    smallConfiguration([
      "flow.yaml": """
      apiVersion: jackfield/v1
      kind: Flow
      name: helpdesk
      stages:
      \(stages.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
      agents: {triage: {model: {provider: rules, name: triage}}}
      \(more)
      """
    ]).faults()
  }

  @Test func stagesInOrderHaveNoFaults() {
    let stages = """
      one: {agent: triage, output_schema: {type: object}, max_repairs: 0, limits: {max_turns: 2}}
      two: {tool: calc.evaluate, needs: [one], input: {expression: $stages.one/x}, on_failure: continue}
      three: {approval: {expires: 4h}, needs: [two]}
      four: {agent: triage, needs: [three], input: [$stages.one, $input/a, $$x], on_failure: skip_dependents}
      """
    #expect(faults(stages, more: "result: three") == [])
    // In whatever order they are written.
    #expect(faults(stages.split(separator: "\n").reversed().joined(separator: "\n")) == [])
  }

  @Test(arguments: [
    ("one: {}", "5:3 missing_key /stages/one"),
    ("one: {agent: triage, tool: calc.evaluate}", "5:3 conflicting_keys /stages/one"),
    ("one: {agent: nobody}", "5:9 unknown_agent /stages/one/agent"),
    ("one: {agent: triage, needs: [two]}", "5:32 unknown_stage /stages/one/needs/0"),
    ("one: {agent: triage, input: $stages.two}", "5:24 unknown_stage /stages/one/input"),
    (
      "one: {agent: triage}\ntwo: {agent: triage, input: $stages.one}", "6:24 unknown_stage /stages/two/input"
    ),
    ("one: {agent: triage, input: $inputs}", "5:24 unknown_variable /stages/one/input"),
    ("one: {agent: triage, input: {a: $stages.}}", "5:32 unknown_variable /stages/one/input/a"),
    ("one: {agent: triage, input: $input/~2}", "5:24 unknown_variable /stages/one/input"),
    ("one: {agent: triage, needs: [one]}", "5:3 stage_cycle /stages/one"),
    ("one: {agent: triage, max_repairs: 1}", "5:24 missing_key /stages/one/max_repairs"),
    ("one: {tool: calc.evaluate}", "5:3 missing_key /stages/one"),
    ("one: {tool: docs.search, input: {}}", "acme.yaml:5:9 not_enabled /flows/0"),
    (
      "one: {tool: calc.evaluate, input: {}, limits: {max_turns: 1}}",
      "5:41 conflicting_keys /stages/one/limits"
    ),
    ("one: {agent: triage, on_failure: retry}", "5:24 schema_violation /stages/one/on_failure"),
    ("one: {agent: triage, when: true}", "5:24 unknown_key /stages/one/when"),
  ])
  func aFaultIsToldWithItsPlace(stages: String, expected: String) {
    #expect(faults(stages).contains { $0.hasSuffix(expected) }, "\(faults(stages))")
  }

  @Test func aCircleIsToldOnceAndWhateverWaitsForItIsNeverReached() {
    let found = faults(
      """
      one: {agent: triage, needs: [two]}
      two: {agent: triage, needs: [three]}
      three: {agent: triage, needs: [one]}
      four: {agent: triage, needs: [three]}
      five: {agent: triage}
      """)
    #expect(
      found == ["flow.yaml:5:3 stage_cycle /stages/one", "flow.yaml:8:3 unreachable_stage /stages/four"])
  }

  @Test(arguments: [
    ("result: two", "unknown_stage /result"), ("start_agent: triage", "conflicting_keys /start_agent"),
  ])
  func whatTheFlowSaysOfItsStagesIsChecked(more: String, expected: String) {
    #expect(faults("one: {agent: triage}", more: more).contains { $0.hasSuffix(expected) })
  }

  @Test func aResultIsThatOfAStage() {
    let folder = smallConfiguration(["flow.yaml": smallFlow + "\nresult: one"])
    #expect(folder.faults().contains { $0.hasSuffix("conflicting_keys /result") })
  }
}
