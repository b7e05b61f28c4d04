import FlowEngine
import Invocation
import JSONCodec
import Locking
import Manifests
import Storage
import TestSupport
import Testing
import ToolContracts

/// Agents that ask for a person themselves.
@Suite(.leavesNothingBehind) struct PersonToolTests {
  private static let ada = Principal(tenant: ScriptedFlow.tenant, user: "ada")
  private static let asking = ("1", "ask_for_person", #"{"reason":"it is beyond me"}"#)

  private static func flow(
    _ answers: [String], b: [String] = [], allowed: Bool = true, handoffs: String = "[]",
    limits: String = "{}", journal events: [JournalEvent] = []
  ) async throws -> ScriptedFlow {
    let definition = try FlowDefinition.manifest(
      """
      start_agent: a
      limits: \(limits)
      human_handoff: {topics: {law: [lawyer]}, on_agent_request: \(allowed)}
      agents:
        a: {model: {provider: script, name: a}, tools: ['script.*'], handoffs: \(handoffs)}
        b: {model: {provider: script, name: b}}
      """)
    let flow = try ScriptedFlow(definition, answers: ["a": answers, "b": b]) { lanes, call, _, _ in
      Array("{}".utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    try await flow.journal.append(events, .durable)
    return flow
  }

  private func offered(_ flow: ScriptedFlow, _ index: Int) -> [String] {
    let request = flow.requests.withLock { $0.indices.contains(index) ? $0[index] : .null }
    return request["tools"]?.array?.compactMap { $0["name"]?.string } ?? []
  }

  private func expectProof(of flow: ScriptedFlow) async throws {
    try await expectOrder(of: flow)
    #expect(RunInvariants(try await flow.events(), limits: FlowLimits()).violations == [])
  }

  @Test func aPersonAnswersInThePlaceOfAnAgentThatAsksForOne() async throws {
    let first = try await Self.flow([
      ScriptedFlow.calling([Self.asking, ("2", "script_write", "{}")])
    ])
    defer { first.lanes.shutDown() }
    #expect(await first.ask().status == .awaitingPerson)
    let events = try await first.events()
    // Tools of the same turn come first, as before any handoff.
    #expect(events.contains { $0.kind == .toolFinished })
    let asked = try #require(events.last)
    let data = try JSONDocument(parsing: asked.data).root
    #expect(asked.kind == .personRequested && data["code"]?.string == "agent_request")
    #expect(data["reason"]?.string?.contains("it is beyond me") == true)
    let flow = try await Self.flow([], journal: events)
    defer { flow.lanes.shutDown() }
    try await flow.runner.takeOver(ScriptedFlow.run, by: Self.ada)
    try await flow.runner.giveBack(ScriptedFlow.run, text: "by hand", by: Self.ada)
    let outcome = try await flow.resume()
    #expect(outcome.status == .succeeded && outcome.text == "by hand")
    let told = TurnTranscript(try await flow.events())?.messages ?? []
    #expect(told.last?.agent == "person" && told.count(where: \.isCall) == told.count(where: \.isResult))
    try await expectProof(of: flow)
  }

  @Test func anAgentThatIsGivenTheRunBackGoesOnAndKnows() async throws {
    let flow = try await Self.flow([ScriptedFlow.calling([Self.asking]), ScriptedFlow.done])
    defer { flow.lanes.shutDown() }
    _ = await flow.ask()
    try await flow.runner.takeOver(ScriptedFlow.run, by: Self.ada)
    try await flow.runner.giveBack(ScriptedFlow.run, text: nil, by: Self.ada)
    #expect(try await flow.resume().text == "done")
    #expect(flow.results(toldAt: 1) == ["1: ok"])
    try await expectProof(of: flow)
  }

  @Test func onlyWhoAnswersIsOfferedAPersonAndOnlyWhereTheFlowSaysSo() async throws {
    let flow = try await Self.flow(
      [ScriptedFlow.calling([("1", "ask_b", "{}")]), ScriptedFlow.done],
      b: [ScriptedFlow.calling([Self.asking]), ScriptedFlow.done],
      handoffs: "[{target: b, mode: delegate}]")
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().text == "done")
    #expect(offered(flow, 0).last == "ask_for_person" && offered(flow, 1) == [])
    #expect(flow.results(toldAt: 2) == ["1: tool_not_found"])
    try await expectProof(of: flow)
    let silent = try await Self.flow(
      [ScriptedFlow.calling([Self.asking]), ScriptedFlow.done], allowed: false)
    defer { silent.lanes.shutDown() }
    #expect(await silent.ask().text == "done")
    #expect(!offered(silent, 0).contains("ask_for_person"))
    #expect(silent.results(toldAt: 1) == ["1: tool_not_found"])
  }

  @Test(arguments: [
    (#"{"reason":""}"#, "schema_violation"), ("{}", "schema_violation"), ("[1]", "schema_violation"),
    (#"{"reason":"x","y":1}"#, "schema_violation"), ("{", "invalid_json"),
  ])
  func whoAsksSaysWhy(arguments: String, code: String) async throws {
    let flow = try await Self.flow([
      ScriptedFlow.calling([("1", "ask_for_person", arguments)]), ScriptedFlow.done,
    ])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().text == "done")
    #expect(flow.results(toldAt: 1) == ["1: \(code)"])
    try await expectProof(of: flow)
  }

  @Test func ofTwoHandoffsInOneTurnTheFirstCounts() async throws {
    let transfer = ("2", "transfer_to_b", "{}")
    let handing = try await Self.flow(
      [ScriptedFlow.calling([transfer, Self.asking])], b: [ScriptedFlow.done], handoffs: "[b]")
    defer { handing.lanes.shutDown() }
    #expect(await handing.ask().agent == "b")
    try await expectProof(of: handing)
    let asking = try await Self.flow(
      [
        ScriptedFlow.calling([Self.asking, transfer, ("3", "ask_for_person", Self.asking.2)]),
        ScriptedFlow.done,
      ],
      handoffs: "[b]")
    defer { asking.lanes.shutDown() }
    #expect(await asking.ask().status == .awaitingPerson)
    try await asking.runner.takeOver(ScriptedFlow.run, by: Self.ada)
    try await asking.runner.giveBack(ScriptedFlow.run, text: nil, by: Self.ada)
    #expect(try await asking.resume().agent == "a")
    #expect(asking.results(toldAt: 1) == ["1: ok", "2: handoff_invalid", "3: handoff_invalid"])
    try await expectProof(of: asking)
  }

  @Test func aRunThatIsEndedWhileAPersonIsAskedHasAResultForTheCall() async throws {
    let flow = try await Self.flow([ScriptedFlow.calling([Self.asking])])
    defer { flow.lanes.shutDown() }
    _ = await flow.ask()
    try await flow.runner.cancel(ScriptedFlow.run, of: ScriptedFlow.tenant)
    try await expectProof(of: flow)
  }

  @Test func atALimitNobodyIsAskedAnyMore() async throws {
    let flow = try await Self.flow(
      [ScriptedFlow.calling([("1", "script_work", "{}"), ("2", "ask_for_person", Self.asking.2)])],
      limits: "{max_tool_calls: 1}")
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .limitReached)
    try await expectProof(of: flow)
  }
}
