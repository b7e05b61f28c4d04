import FlowEngine
import Invocation
import JSONCodec
import JSONSchema
import Locking
import Manifests
import Storage
import TestSupport
import Testing
import ToolContracts

/// What must say yes before something passes, through the real pipeline.
@Suite(.leavesNothingBehind) struct GuardrailTests {
  /// - Parameter guardrails: of the agent `a`; it may call `script.put`.
  private func flow(_ guardrails: String) throws -> FlowDefinition {
    try .manifest(
      """
      start_agent: a
      guardrails:
        no-secrets: {forbid: ['[Ss](ecret|ECRET)', 'open "sesame"']}
        small: {schema: {type: object, properties: {n: {maximum: 10}}}}
        judged: {tool: script.judge}
      agents:
        a:
          model: {provider: script, name: a}
          tools: [script.put]
          guardrails: \(guardrails)
      """)
  }

  private func complete(_ lanes: LanePool, _ call: CallHandle, _ json: String) -> CallStatus {
    Array(json.utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
  }

  private final class Watcher: FlowObserver {
    let events = Lock<[FlowEvent]>([])
    func observed(_ event: FlowEvent) { events.withLock { $0.append(event) } }
  }

  // MARK: Input

  @Test func aQuestionThatIsRefusedReachesNoModel() async throws {
    let flow = try ScriptedFlow(
      .manifest(
        """
        start_agent: a
        guardrails: {polite: {forbid: [quest]}}
        agents: {a: {model: {provider: script, name: a}, guardrails: {input: [polite]}}}
        """), answers: ["a": [ScriptedFlow.done]]
    ) { _, _, _, _ in .internal }
    defer { flow.lanes.shutDown() }
    let outcome = await flow.ask()
    #expect(outcome.status == .failed && outcome.failure?.code == .denied)
    #expect(flow.requests.withLock { $0 }.isEmpty)
    #expect(
      try await flow.kinds() == [
        .runStarted, .agentStarted, .guardrailTripped, .agentFinished, .runFailed,
      ])
    try await expectOrder(of: flow)
  }

  @Test(arguments: [
    #"{"allowed":false}"#, #"{"allowed":"true"}"#, "{}", "true", "null", "no JSON",
  ])
  func whatAToolDoesNotAllowIsRefused(verdict: String) async throws {
    let flow = try ScriptedFlow(flow("{input: [judged]}"), answers: ["a": [ScriptedFlow.done]]) {
      lanes, call, _, _ in complete(lanes, call, verdict)
    }
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().failure?.code == .denied)
    #expect(flow.requests.withLock { $0 }.isEmpty)
    try await expectOrder(of: flow)
  }

  @Test func aToolThatFailsHasNotSaidYes() async throws {
    let flow = try ScriptedFlow(flow("{input: [judged]}"), answers: ["a": [ScriptedFlow.done]]) {
      _, _, _, _ in .internal
    }
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().failure?.code == .denied)
  }

  @Test func aToolThatTheTenantDoesNotHaveHasNotSaidYes() async throws {
    let flow = try ScriptedFlow(
      flow("{input: [judged]}"), answers: ["a": [ScriptedFlow.done]], enabled: ["chat"]
    ) { lanes, call, _, _ in complete(lanes, call, #"{"allowed":true}"#) }
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().failure?.code == .denied)
  }

  @Test func whatIsAllowedPassesAndTheToolIsToldWhatItJudges() async throws {
    let asked = Lock<[String]>([])
    let flow = try ScriptedFlow(
      flow("{input: [judged, no-secrets], output: [judged]}"), answers: ["a": [ScriptedFlow.done]]
    ) { lanes, call, _, arguments in
      asked.withLock { $0.append(String(decoding: arguments, as: UTF8.self)) }
      return complete(lanes, call, #"{"allowed":true}"#)
    }
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask() == FlowOutcome(status: .succeeded, text: "done", agent: "a"))
    #expect(
      asked.withLock { $0 } == [
        #"{"guardrail":"judged","stage":"input","agent":"a","text":"question"}"#,
        #"{"guardrail":"judged","stage":"output","agent":"a","text":"done"}"#,
      ])
    try await expectOrder(of: flow)
  }

  // MARK: Tools

  @Test func aCallThatIsRefusedIsNotMadeAndTheModelIsTold() async throws {
    let made = Lock<[String]>([])
    let calls = [("1", "script_put", #"{"n":3}"#), ("2", "script_put", #"{"n":30}"#)]
    let flow = try ScriptedFlow(
      flow("{tool_input: [small]}"), answers: ["a": [ScriptedFlow.calling(calls), ScriptedFlow.done]]
    ) { lanes, call, _, arguments in
      made.withLock { $0.append(String(decoding: arguments, as: UTF8.self)) }
      return complete(lanes, call, "{}")
    }
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .succeeded)
    #expect(flow.results(toldAt: 1) == ["1: ok", "2: denied"])
    #expect(made.withLock { $0 } == [#"{"n":3}"#])
    try await expectOrder(of: flow)
  }

  /// `"30"` is no number over 10, and would be mended into one.
  @Test func argumentsThatAGuardrailHasSeenAreNotMended() async throws {
    let made = Lock(0)
    let answers = [ScriptedFlow.calling([("1", "script_put", #"{"n":"30"}"#)]), ScriptedFlow.done]
    func run(_ guardrails: String) async throws -> [String] {
      let flow = try ScriptedFlow(flow(guardrails), answers: ["a": answers], repair: .coerceScalars) {
        lanes, call, _, _ in
        made.withLock { $0 += 1 }
        return complete(lanes, call, "{}")
      }
      defer { flow.lanes.shutDown() }
      #expect(await flow.ask().status == .succeeded)
      try await expectOrder(of: flow)
      return flow.results(toldAt: 1)
    }
    #expect(try await run("{}") == ["1: ok"])
    #expect(made.withLock { $0 } == 1)
    #expect(try await run("{tool_input: [small]}") == ["1: schema_violation"])
    #expect(made.withLock { $0 } == 1)
  }

  @Test(arguments: [#"{"n":1,"n":30}"#, #"{"n":"#])
  func argumentsThatMeanDifferentThingsToDifferentReadersAreRefused(arguments: String) async throws {
    let flow = try ScriptedFlow(
      flow("{tool_input: [small]}"),
      answers: ["a": [ScriptedFlow.calling([("1", "script_put", arguments)]), ScriptedFlow.done]]
    ) { lanes, call, _, _ in complete(lanes, call, "{}") }
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .succeeded)
    #expect(flow.results(toldAt: 1) == ["1: invalid_json"])
  }

  @Test(arguments: [
    #"{"key":"a secret"}"#, #"{"key":["\u0073\u0065cret"]}"#, #"{"secret":1}"#,
    #"{"say":"open \"sesame\""}"#,
  ])
  func aResultThatIsRefusedIsInTheJournalAndNotInTheConversation(result: String) async throws {
    let flow = try ScriptedFlow(
      flow("{tool_output: [no-secrets]}"),
      answers: ["a": [ScriptedFlow.calling([("1", "script_put", "{}")]), ScriptedFlow.done]]
    ) { lanes, call, _, _ in complete(lanes, call, result) }
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .succeeded)
    #expect(flow.results(toldAt: 1) == ["1: denied"])
    let messages = flow.requests.withLock { $0.flatMap { $0["messages"]?.array ?? [] } }
    #expect(!messages.contains { $0["content"]?.string?.contains(result) == true })
    #expect(try await flow.events().contains { String(decoding: $0.data, as: UTF8.self).contains(result) })
    try await expectOrder(of: flow)
  }

  @Test func aResultThatMeansDifferentThingsToDifferentReadersIsRefused() async throws {
    let flow = try ScriptedFlow(
      flow("{tool_output: [small]}"),
      answers: ["a": [ScriptedFlow.calling([("1", "script_put", "{}")]), ScriptedFlow.done]]
    ) { lanes, call, _, _ in complete(lanes, call, #"{"n":30,"n":1}"#) }
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .succeeded)
    #expect(flow.results(toldAt: 1) != ["1: ok"])
  }

  // MARK: Output

  @Test func anAnswerThatIsRefusedIsShownToNobody() async throws {
    let flow = try ScriptedFlow(
      flow("{output: [no-secrets]}"), answers: ["a": [ScriptedFlow.saying("the SECRET is 7")]]
    ) { _, _, _, _ in .internal }
    defer { flow.lanes.shutDown() }
    let watcher = Watcher()
    let outcome = await flow.ask(observer: watcher)
    #expect(outcome.status == .failed && outcome.failure?.code == .denied && outcome.text == "")
    #expect(!watcher.events.withLock { "\($0)" }.contains("SECRET"))
    try await expectOrder(of: flow)
  }

  @Test func wordsBesideACallAreNotTheAnswerOfARunThatIsCut() async throws {
    var flow = try flow("{output: [no-secrets]}")
    flow.limits.maxTurns = 1
    let scripted = try ScriptedFlow(
      flow,
      answers: ["a": [ScriptedFlow.calling([("1", "script_put", "{}")], text: "the secret is 7")]]
    ) { lanes, call, _, _ in complete(lanes, call, "{}") }
    defer { scripted.lanes.shutDown() }
    let outcome = await scripted.ask()
    #expect(outcome.status == .limitReached && outcome.text == "")
  }

  // MARK: Other agents

  @Test(arguments: ["transfer", "delegate"])
  func whoeverIsTurnedToHasItsOwn(mode: String) async throws {
    let name = mode == "transfer" ? "transfer_to_b" : "ask_b"
    let flow = try ScriptedFlow(
      .manifest(
        """
        start_agent: a
        guardrails: {no-secrets: {forbid: [secret]}}
        agents:
          a: {model: {provider: script, name: a}, handoffs: [{target: b, mode: \(mode)}]}
          b: {model: {provider: script, name: b}, guardrails: {input: [no-secrets]}}
        """),
      answers: [
        "a": [ScriptedFlow.calling([("1", name, #"{"why":"a secret"}"#)]), ScriptedFlow.done],
        "b": [ScriptedFlow.done],
      ]
    ) { _, _, _, _ in .internal }
    defer { flow.lanes.shutDown() }
    let outcome = await flow.ask()
    #expect(flow.requests.withLock { $0.allSatisfy { $0["model"]?.string == "a" } })
    // Who only asked is told; who handed over is not there any more.
    #expect(outcome.status == (mode == "transfer" ? .failed : .succeeded))
    if mode == "delegate" { #expect(flow.results(toldAt: 1) == ["1: denied"]) }
    try await expectOrder(of: flow)
  }
}
