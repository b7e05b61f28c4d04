import FlowEngine
import Invocation
import JSONCodec
import Locking
import Manifests
import Storage
import TestSupport
import Testing
import ToolContracts

/// What an agent's manifest makes of its requests and answers, through the real pipeline.
@Suite(.leavesNothingBehind) struct AgentTests {
  private func scripted(
    _ agent: String, above: String = "", answers: [String], tool: ScriptedFlow.Tool? = nil
  ) throws -> ScriptedFlow {
    try ScriptedFlow(
      .manifest(
        """
        start_agent: a
        \(above)
        agents:
          a:
            model: {provider: script, name: a, settings: {temperature: 0}}
        \(agent)
        """), answers: ["a": answers],
      tool: tool ?? { lanes, call, _, arguments in
        arguments.withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
      })
  }

  // MARK: Instructions

  @Test func blanksAreFilledWithTheRunsOwnValuesAndTheFlowsVariables() async throws {
    let flow = try scripted(
      "    instructions: 'You are {{agent}} of {{flow}} for {{ tenant }}, on {{date}}. {{house}} {{user}}!'",
      above: "variables: {house: 'Say {{tenant}}.'}", answers: [ScriptedFlow.done])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .succeeded)
    let request = flow.requests.withLock { $0[0] }
    // What a value contains is not filled in again; nobody asked, so nobody is named.
    #expect(
      request["messages"]?[0]?["content"]?.string
        == "You are a of flow for acme, on 1970-01-01. Say {{tenant}}. !")
    #expect(request["settings"] == ["temperature": 0])
    try await expectOrder(of: flow)
  }

  @Test func aPersonaIsPartOfTheInstructions() async throws {
    let flow = try scripted(
      """
          instructions: Help.
          persona: {tone: calm, traits: [brief, exact], restrictions: [promise], disclaimers: [I am a program.]}
      """, answers: [ScriptedFlow.done])
    defer { flow.lanes.shutDown() }
    _ = await flow.ask()
    let words = flow.requests.withLock { $0[0]["messages"]?[0]?["content"]?.string } ?? ""
    #expect(words.hasPrefix("Help.\n\n"))
    for part in ["Tone: calm", "brief, exact", "- promise", "- I am a program."] {
      #expect(words.contains(part))
    }
  }

  // MARK: The form of answers

  private let form =
    "    output_schema: {type: object, required: [n], additionalProperties: false, properties: {n: {type: integer}}}"

  @Test func anAnswerOfTheWrongFormIsGivenBackAndMended() async throws {
    let flow = try scripted(
      form,
      answers: [
        ScriptedFlow.saying("seven"), ScriptedFlow.saying(#"{"n":"seven"}"#),
        ScriptedFlow.saying(#"{"n":7}"#),
      ])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask() == FlowOutcome(status: .succeeded, text: #"{"n":7}"#, agent: "a"))
    let requests = flow.requests.withLock { $0 }
    #expect(requests.allSatisfy { $0["outputSchema"]?["required"] == ["n"] })
    let told = requests[2]["messages"]?.array?.last
    #expect(told?["role"]?.string == "user" && told?["content"]?.string?.contains("/n") == true)
    #expect(try await flow.kinds().filter { $0 == .outputRejected }.count == 2)
    try await expectOrder(of: flow)
  }

  @Test func answersAreNotGivenBackForEver() async throws {
    let flow = try scripted(
      form + "\n    output_repairs: 1", answers: Array(repeating: ScriptedFlow.saying("seven"), count: 9))
    defer { flow.lanes.shutDown() }
    let outcome = await flow.ask()
    #expect(outcome.status == .failed && outcome.failure?.code == .invalidResult)
    #expect(flow.requests.withLock { $0.count } == 2)
    try await expectOrder(of: flow)
  }

  @Test(arguments: [
    ("```json\n{\"n\":7}\n```", true), ("```\n{\"n\":7}\n```\n", true), ("  {\"n\":7} ", true),
    ("Here: ```json\n{\"n\":7}\n```", false), ("{\"n\":7}{\"n\":8}", false), ("{\"n\":7,\"n\":8}", false),
    ("```json\n{\"n\":7}", false), ("", false),
  ])
  func onlyAFenceOfMarkdownIsForgiven(answer: String, isRight: Bool) async throws {
    let flow = try scripted(form + "\n    output_repairs: 0", answers: [ScriptedFlow.saying(answer)])
    defer { flow.lanes.shutDown() }
    let outcome = await flow.ask()
    #expect((outcome.status == .succeeded) == isRight)
    if isRight { #expect(outcome.text == #"{"n":7}"#) }
  }

  @Test func aRunThatIsCutHasTheWordsAsTheyAre() async throws {
    let flow = try scripted(
      form, above: "limits: {max_turns: 1, on_limit: wrap_up}",
      answers: [ScriptedFlow.saying("seven"), ScriptedFlow.saying("about seven")])
    defer { flow.lanes.shutDown() }
    let outcome = await flow.ask()
    #expect(outcome.status == .limitReached && outcome.text == "about seven")
    #expect(outcome.failure?.message.contains("max_turns") == true)
    try await expectOrder(of: flow)
  }

  @Test func aRunWhoseLastWordsFailStillReachedItsLimit() async throws {
    let flow = try scripted(
      "    tools: [script.put]", above: "limits: {max_turns: 1, on_limit: wrap_up}",
      answers: [ScriptedFlow.calling([("1", "script_put", "{}")], text: "so far")])
    defer { flow.lanes.shutDown() }
    let outcome = await flow.ask()
    #expect(outcome.status == .limitReached && outcome.text == "so far")
    try await expectOrder(of: flow)
  }

  // MARK: Tools

  @Test func onlyToolsThatAPatternNamesAreOffered() async throws {
    let flow = try scripted("    tools: ['script.w*']", answers: [ScriptedFlow.done])
    defer { flow.lanes.shutDown() }
    _ = await flow.ask()
    let names = flow.requests.withLock { $0[0]["tools"]?.array?.map { $0["name"]?.string } }
    #expect(names == ["script_work", "script_write"])
  }

  @Test(arguments: [
    ("run_llm_again", "done", 2), ("stop_on_first_tool", #"{"n":1}"#, 1),
    ("{stop_at_tools: [script.put]}", #"{"n":2}"#, 1), ("{stop_at_tools: [script.write]}", "done", 2),
  ])
  func aToolsResultIsTheAnswerWhereTheAgentStopsThere(behavior: String, text: String, turns: Int) async throws
  {
    let calls = [("1", "script_work", #"{"n":1}"#), ("2", "script_put", #"{"n":2}"#)]
    let flow = try scripted(
      "    tools: ['script.*']\n    tool_use_behavior: \(behavior)",
      answers: [ScriptedFlow.calling(calls), ScriptedFlow.done])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask() == FlowOutcome(status: .succeeded, text: text, agent: "a"))
    #expect(flow.requests.withLock { $0.count } == turns)
    try await expectOrder(of: flow)
  }

  @Test func aFailureIsNoAnswer() async throws {
    let flow = try scripted(
      "    tools: ['script.*']\n    tool_use_behavior: stop_on_first_tool",
      answers: [ScriptedFlow.calling([("1", "script_work", #"{"n":"x"}"#)]), ScriptedFlow.done])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().text == "done")
  }

  // MARK: Limits

  @Test func anAgentHasNoMoreToolCallsThanItsOwn() async throws {
    let calls = (1...3).map { ("\($0)", "script_work", "{}") }
    let flow = try scripted(
      "    tools: ['script.*']\n    limits: {max_tool_calls: 2}",
      answers: [ScriptedFlow.calling(calls), ScriptedFlow.done])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .succeeded)
    #expect(flow.results(toldAt: 1) == ["1: ok", "2: ok", "3: rate_limited"])
    try await expectOrder(of: flow)
  }

  @Test func anAgentHasNoMoreTurnsThanItsOwn() async throws {
    let flow = try scripted(
      "    tools: ['script.*']\n    limits: {max_turns: 1}",
      answers: [ScriptedFlow.calling([("1", "script_work", "{}")]), ScriptedFlow.done])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .limitReached)
    try await expectOrder(of: flow)
  }

  /// Each answer of the script counts two tokens.
  @Test func aRunThatHasUsedItsTokensAsksNoMore() async throws {
    let calls = (0..<9).map { ScriptedFlow.calling([("\($0)", "script_work", "{\"n\":\($0)}")]) }
    let flow = try scripted(
      "    tools: ['script.*']", above: "limits: {max_total_tokens: 5}", answers: calls)
    defer { flow.lanes.shutDown() }
    let outcome = await flow.ask()
    #expect(outcome.status == .limitReached)
    #expect(outcome.failure?.message.contains("max_total_tokens") == true)
    #expect(flow.requests.withLock { $0.count } == 3)
    try await expectOrder(of: flow)
  }

  /// Cancels a run once a tool has answered.
  private struct Impatience: FlowObserver {
    let cancellation = Cancellation()
    func observed(_ event: FlowEvent) { if case .toolFinished = event { cancellation.cancel() } }
  }

  @Test func callsThatACancelledRunDoesNotMakeAreEndedInTheJournal() async throws {
    let impatience = Impatience()
    let flow = try scripted(
      "    tools: ['script.*']\n    guardrails: {tool_input: [judged]}",
      above: "guardrails: {judged: {tool: script.judge}}",
      answers: [ScriptedFlow.calling([("1", "script_write", "{}"), ("2", "no_such", "{}")])]
    ) { lanes, call, _, _ in
      Array(#"{"allowed":true}"#.utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask(impatience.cancellation, observer: impatience).status == .cancelled)
    try await expectOrder(of: flow)
    #expect(try await flow.kinds().filter { $0 == .toolRejected }.count == 2)
    #expect(try await flow.kinds().filter { $0 == .toolStarted }.count == 1)
  }
}
