import FlowEngine
import JSONCodec
import Storage
import Testing
import ToolContracts

/// A run against another version of a plugin.
struct PluginComparisonTests {
  private static let input: JSONValue = [
    "type": "object", "properties": ["n": ["type": "integer"]], "required": ["n"],
  ]

  private func event(_ kind: JournalEvent.Kind, _ step: UInt32, _ data: String) -> JournalEvent {
    JournalEvent(
      time: 1, tenant: TenantID("acme")!, run: RunID(milliseconds: 1, randomness: 1), kind: kind, step: step,
      data: Array(data.utf8))
  }

  private func problems(_ functions: [FunctionDescriptor]) -> [String] {
    let events = [
      event(.toolStarted, 2, #"{"tool":"a.f","effect":"none","arguments":{"n":1}}"#),
      event(.toolFinished, 2, #"{"tool":"a.f","status":"ok","result":{"sum":3}}"#),
      event(.toolStarted, 4, #"{"tool":"b.f","effect":"none","arguments":{"m":1}}"#),
      event(.toolFinished, 4, #"{"tool":"b.f","status":"error","error":{"code":"internal","message":"no"}}"#),
    ]
    let comparison = PluginComparison(
      events, against: PluginDescriptor(id: "a", version: "2.0.0", functions: functions))
    #expect(comparison.calls == 1)
    return comparison.findings.map { "\($0.step) \($0.tool) \($0.problem.prefix(11))" }
  }

  private func function(
    _ name: String = "f", input: JSONValue = PluginComparisonTests.input, output: JSONValue? = nil,
    effect: Effect = .none
  ) -> FunctionDescriptor {
    FunctionDescriptor(name: name, description: "", inputSchema: input, outputSchema: output, effect: effect)
  }

  @Test func whatIsTakenAndGivenAsBeforeIsNotTold() {
    #expect(problems([function()]) == [])
    #expect(problems([function(output: ["type": "object", "required": ["sum"]])]) == [])
  }

  @Test func aFunctionThatIsGoneOrTakesOrGivesOrDoesSomethingElseIsTold() {
    #expect(problems([function("g")]) == ["2 a.f version 2.0"])
    #expect(problems([function(input: ["type": "object", "required": ["k"]])]) == ["2 a.f its argumen"])
    #expect(problems([function(output: ["type": "object", "required": ["k"]])]) == ["2 a.f its result "])
    #expect(problems([function(effect: .idempotent)]) == ["2 a.f its effect "])
    #expect(problems([function(input: ["type": 7])]) == ["2 a.f the schema "])
  }
}
