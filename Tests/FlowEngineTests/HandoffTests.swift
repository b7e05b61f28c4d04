import FlowEngine
import Invocation
import JSONCodec
import Locking
import Manifests
import Storage
import TestSupport
import Testing
import ToolContracts

/// How agents turn to each other, through the real pipeline.
@Suite(.leavesNothingBehind) struct HandoffTests {
  private func scripted(
    _ manifest: String, answers: [String: [String]], tool: ScriptedFlow.Tool? = nil
  ) throws -> ScriptedFlow {
    try ScriptedFlow(
      .manifest(manifest), answers: answers,
      tool: tool ?? { lanes, call, _, arguments in
        arguments.withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
      })
  }

  private static let asking = """
    start_agent: a
    agents:
      a:
        model: {provider: script, name: a}
        tools: ['script.*']
        handoffs:
          - target: b
            mode: delegate
            input_schema: {type: object, required: [topic], properties: {topic: {type: string}}}
          - {target: c, mode: delegate}
      b: {model: {provider: script, name: b}, tools: [script.put], handoffs: [{target: a, mode: delegate}, c]}
      c: {model: {provider: script, name: c}, output_schema: {type: object}}
    """

  // MARK: Delegates

  @Test func whoAsksGetsTheAnswerAsAResultAndKeepsTheConversation() async throws {
    let flow = try scripted(
      Self.asking,
      answers: [
        "a": [
          ScriptedFlow.calling([
            ("1", "ask_b", #"{"topic":"ships"}"#), ("2", "script_work", #"{"n":2}"#), ("3", "ask_c", "{}"),
          ]), ScriptedFlow.done,
        ],
        "b": [ScriptedFlow.calling([("1", "script_put", #"{"n":1}"#)]), ScriptedFlow.saying("of b")],
        "c": [ScriptedFlow.saying(#"{"of":"c"}"#)],
      ])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask() == FlowOutcome(status: .succeeded, text: "done", agent: "a"))
    let requests = flow.requests.withLock { $0 }
    let last = try #require(requests.last { $0["model"]?.string == "a" })
    let results = last["messages"]?.array?.filter { $0["role"]?.string == "tool" }
    #expect(results?.map { $0["content"]?.string } == [#"{"answer":"of b"}"#, #"{"n":2}"#, #"{"of":"c"}"#])
    let asked = try #require(requests.first { $0["model"]?.string == "b" }?["messages"]?.array)
    #expect(
      asked.map { $0["content"]?.string } == ["question", #"Agent "a" asks you with {"topic":"ships"}"#])
    #expect(asked.map { $0["agent"]?.string } == [nil, "a"])
    try await expectOrder(of: flow)
  }

  @Test func whoWaitsCannotBeAsked() async throws {
    let flow = try scripted(
      Self.asking,
      answers: [
        "a": [ScriptedFlow.calling([("1", "ask_b", #"{"topic":"x"}"#)]), ScriptedFlow.done],
        "b": [ScriptedFlow.calling([("9", "ask_a", "{}")]), ScriptedFlow.saying("alone")],
      ])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .succeeded)
    // The third request is the second of b.
    #expect(flow.results(toldAt: 2) == ["9: handoff_invalid"])
    try await expectOrder(of: flow)
  }

  @Test func whoIsAskedMayHandOverAndTheOtherAnswers() async throws {
    let flow = try scripted(
      Self.asking,
      answers: [
        "a": [ScriptedFlow.calling([("1", "ask_b", #"{"topic":"x"}"#)]), ScriptedFlow.done],
        "b": [ScriptedFlow.calling([("9", "transfer_to_c", "{}")])],
        "c": [ScriptedFlow.saying(#"{"n":9}"#)],
      ])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .succeeded)
    let last = try #require(flow.requests.withLock { $0.last })
    #expect(last["messages"]?.array?.last?["content"]?.string == #"{"n":9}"#)
    try await expectOrder(of: flow)
  }

  @Test(arguments: [(#"{"why":7}"#, "/why"), ("{}", "why"), ("{", "not valid JSON")])
  func whoHandsOverWithWrongArgumentsKeepsControlAndIsToldWhere(arguments: String, place: String) async throws
  {
    let flow = try scripted(
      """
      start_agent: a
      agents:
        a:
          model: {provider: script, name: a}
          handoffs:
            - target: b
              input_schema: {type: object, required: [why], properties: {why: {type: string}}}
        b: {model: {provider: script, name: b}}
      """, answers: ["a": [ScriptedFlow.calling([("1", "transfer_to_b", arguments)]), ScriptedFlow.done]])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask() == FlowOutcome(status: .succeeded, text: "done", agent: "a"))
    #expect(flow.results(toldAt: 1) == ["1: handoff_invalid"])
    #expect(flow.words(toldAt: 1).contains(place), "\(flow.words(toldAt: 1))")
    try await expectOrder(of: flow)
  }

  @Test func aQuestionOffItsSchemaIsToldWhoAsks() async throws {
    let flow = try scripted(
      Self.asking,
      answers: ["a": [ScriptedFlow.calling([("1", "ask_b", #"{"topic":7}"#)]), ScriptedFlow.done]])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .succeeded)
    #expect(flow.results(toldAt: 1) == ["1: handoff_invalid"])
    let told = flow.requests.withLock { $0[1]["messages"]?.array?.last?["content"]?.string } ?? ""
    #expect(told.contains("/topic"))
    try await expectOrder(of: flow)
  }

  @Test func whoCannotAnswerIsAFailureForWhoAsked() async throws {
    let flow = try scripted(
      Self.asking,
      answers: [
        "a": [
          ScriptedFlow.calling([("1", "ask_b", #"{"topic":"x"}"#), ("2", "ask_c", "{}")]), ScriptedFlow.done,
        ],
        "c": [ScriptedFlow.saying("1"), ScriptedFlow.saying("2"), ScriptedFlow.saying("3")],
      ])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .succeeded)
    let last = flow.requests.withLock { $0.count } - 1
    #expect(flow.results(toldAt: last) == ["1: rate_limited", "2: invalid_result"])
    try await expectOrder(of: flow)
  }

  @Test(arguments: ["stop", "wrap_up"])
  func aLimitThatIsMetWhileOthersAreAskedLeavesNoCallOpen(onLimit: String) async throws {
    let flow = try scripted(
      Self.asking + "\nlimits: {max_turns: 3, on_limit: \(onLimit)}",
      answers: [
        "a": [
          ScriptedFlow.calling([("1", "ask_b", #"{"topic":"x"}"#), ("2", "ask_c", "{}")]),
          ScriptedFlow.saying("so far"),
        ],
        "b": [ScriptedFlow.calling([("1", "script_put", #"{"n":1}"#)]), ScriptedFlow.saying("of b")],
        "c": [ScriptedFlow.saying("no object")],
      ])
    defer { flow.lanes.shutDown() }
    let outcome = await flow.ask()
    #expect(outcome.status == .limitReached)
    #expect(outcome.text == (onLimit == "wrap_up" ? "so far" : ""))
    try await expectOrder(of: flow)
  }

  @Test func anAgentsOwnTurnsCountOverAllThatAskIt() async throws {
    let flow = try scripted(
      """
      start_agent: a
      agents:
        a: {model: {provider: script, name: a}, handoffs: [{target: b, mode: delegate}]}
        b: {model: {provider: script, name: b}, limits: {max_turns: 1}}
      """,
      answers: [
        "a": [ScriptedFlow.calling([("1", "ask_b", "{}"), ("2", "ask_b", "{}")]), ScriptedFlow.done],
        "b": [ScriptedFlow.done],
      ])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .succeeded)
    #expect(flow.results(toldAt: 2) == ["1: ok", "2: rate_limited"])
    try await expectOrder(of: flow)
  }

  // MARK: Authority

  @Test(arguments: ["transfer", "delegate"])
  func authorityShrinksWithEveryHandoffAndNeverGrowsBack(mode: String) async throws {
    let name = mode == "transfer" ? "transfer_to" : "ask"
    let flow = try scripted(
      """
      start_agent: a
      agents:
        a:
          model: {provider: script, name: a}
          handoffs: [{target: b, mode: \(mode), tools: [script.work, script.put]}]
        b:
          model: {provider: script, name: b}
          tools: ['script.*']
          handoffs: [{target: c, mode: \(mode), tools: ['script.w*']}]
        c: {model: {provider: script, name: c}, tools: ['script.*'], handoffs: [{target: d, mode: \(mode)}]}
        d: {model: {provider: script, name: d}, tools: ['script.*']}
      """,
      answers: [
        "a": [ScriptedFlow.calling([("1", "\(name)_b", "{}")]), ScriptedFlow.done],
        "b": [ScriptedFlow.calling([("1", "\(name)_c", "{}")]), ScriptedFlow.done],
        "c": [ScriptedFlow.calling([("1", "\(name)_d", "{}")]), ScriptedFlow.done],
        "d": [ScriptedFlow.calling([("1", "script_write", "{}")]), ScriptedFlow.done],
      ])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .succeeded)
    func offered(_ agent: String) -> [String?]? {
      flow.requests.withLock { requests in
        requests.first { $0["model"]?.string == agent }?["tools"]?.array?.map { $0["name"]?.string }
      }
    }
    #expect(offered("b") == ["script_put", "script_work", "\(name)_c"])
    #expect(offered("c") == ["script_work", "\(name)_d"])
    #expect(offered("d") == ["script_work"])
    #expect(try await flow.kinds().contains(.toolRejected))
    try await expectOrder(of: flow)
  }

  // MARK: What is on, and what is told

  @Test(arguments: [
    ("false", false), ("true", true), ("{properties: {tenant: {const: acme}}}", true),
    ("{properties: {tenant: {const: globex}}}", false), ("{required: [plan]}", false),
  ])
  func aHandoffThatIsOffIsNotOffered(condition: String, isOn: Bool) async throws {
    let flow = try scripted(
      """
      start_agent: a
      agents:
        a: {model: {provider: script, name: a}, handoffs: [{target: b, is_enabled: \(condition)}]}
        b: {model: {provider: script, name: b}}
      """, answers: ["a": [ScriptedFlow.calling([("1", "transfer_to_b", "{}")])], "b": [ScriptedFlow.done]])
    defer { flow.lanes.shutDown() }
    let outcome = await flow.ask()
    #expect(flow.requests.withLock { $0[0]["tools"]?.array?.count } == (isOn ? 1 : 0))
    #expect(outcome.agent == (isOn ? "b" : "a"))
    #expect(try await flow.kinds().contains(.handoffCompleted) == isOn)
  }

  @Test(arguments: [
    ("", ["question", "a: Let me see.", "a: handed"]), ("history: {mode: none}", ["question", "a: handed"]),
    ("history: {mode: messages, last_n: 1}", ["a: Let me see.", "a: handed"]),
    (
      "history: {mode: full}", ["question", "Let me see.", "{\"n\":1}", "{\"assistant\":\"b\"}", "a: handed"]
    ),
  ])
  func theTargetSeesWhatItsHistorySays(history: String, expected: [String]) async throws {
    let flow = try scripted(
      """
      start_agent: a
      agents:
        a:
          model: {provider: script, name: a}
          tools: ['script.*']
          handoffs: [{target: b, \(history)}]
        b: {model: {provider: script, name: b}}
      """,
      answers: [
        "a": [
          ScriptedFlow.calling(
            [("1", "script_work", #"{"n":1}"#), ("2", "transfer_to_b", #"{"why":"x"}"#)], text: "Let me see.")
        ], "b": [ScriptedFlow.done, ScriptedFlow.done],
      ])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .succeeded)
    let heard = flow.requests.withLock { $0[1]["messages"]?.array ?? [] }.map { message in
      let content = message["content"]?.string ?? ""
      guard let agent = message["agent"]?.string else { return content }
      return content == #"Agent "a" handed over to you with {"why":"x"}"#
        ? "\(agent): handed" : "\(agent): \(content)"
    }
    #expect(heard == expected)
    let crossing = try await flow.events().first { $0.kind == .handoffCompleted }
    let data = try JSONDocument(parsing: #require(crossing).data).root
    #expect(data["payload"]?.rawText == #"{"why":"x"}"#)
    #expect(data["history_after"]?.int == Int64(expected.count))
    let digests = [data["digest_before"]?.string, data["digest_after"]?.string]
    #expect(digests.allSatisfy { $0?.hasPrefix("sha256:") == true } && digests[0] != digests[1])
    try await expectOrder(of: flow)
  }

  // MARK: After a crash

  @Test func killedAtAnyEventARunOfManyAgentsEndsAsItWouldHave() async throws {
    let manifest =
      Self.asking.replacing(
        "tools: [script.put]",
        with: "tools: [script.put], guardrails: {tool_input: [judged], output: [judged]}")
      + "\nguardrails: {judged: {tool: script.judge}}"
    let answers = [
      "a": [
        ScriptedFlow.calling([
          ("1", "ask_b", #"{"topic":"x"}"#), ("2", "script_put", #"{"n":2}"#), ("3", "ask_c", "{}"),
        ]), ScriptedFlow.done,
      ],
      "b": [ScriptedFlow.calling([("1", "script_put", #"{"n":1}"#)]), ScriptedFlow.saying("of b")],
      "c": [ScriptedFlow.saying("no object"), ScriptedFlow.saying("{}")],
    ]
    func life() throws -> ScriptedFlow {
      try scripted(manifest, answers: answers) { lanes, call, tool, arguments in
        let answer = tool == "judge" ? Array(#"{"allowed":true}"#.utf8) : arguments
        return answer.withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
      }
    }
    let first = try life()
    #expect(await first.ask().text == "done")
    let whole = try await first.events()
    first.lanes.shutDown()
    for length in 1..<whole.count {
      let next = try life()
      try await next.journal.append(Array(whole[..<length]), .durable)
      #expect(try await next.resume().text == "done", "after \(length) events")
      try await expectOrder(of: next, "after \(length) events")
      next.lanes.shutDown()
    }
  }
}
