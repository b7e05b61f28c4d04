import FlowEngine
import Invocation
import JSONCodec
import Locking
import Manifests
import Storage
import TestSupport
import Testing
import ToolContracts

/// What becomes of a run when a model, or a tool, does what it should not: through the real pipeline. Whatever it is, the
/// model is told, every call has one result, and the run goes on.
@Suite(.leavesNothingBehind) struct TroubleTests {
  private func echo(_ lanes: LanePool, _ call: CallHandle, _ tool: String, _ arguments: [UInt8]) -> CallStatus
  {
    arguments.withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
  }

  private func told(
    _ calls: [(String, String, String)], toolTimeout: Int64? = nil, tool: ScriptedFlow.Tool? = nil,
    words: ((String) -> Void)? = nil
  ) async throws -> [String] {
    let flow = try ScriptedFlow(
      answers: [ScriptedFlow.calling(calls), ScriptedFlow.done], toolTimeout: toolTimeout,
      tool: tool ?? { lanes, call, _, arguments in
        arguments.withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
      })
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask() == FlowOutcome(status: .succeeded, text: "done", agent: "a"))
    let results = flow.results(toldAt: 1)
    #expect(results.count == calls.count)
    words?(flow.words(toldAt: 1))
    #expect(try await pairs(flow) == calls.count, "a call has no result, or two, in the journal")
    return results
  }

  /// How many calls of the journal were ended exactly once.
  private func pairs(_ flow: ScriptedFlow) async throws -> Int {
    let events = try await flow.events()
    let ends: [JournalEvent.Kind] = [.toolFinished, .toolRejected]
    return events.filter { $0.kind == .toolCalled }.filter { call in
      events.filter { $0.step == call.step && ends.contains($0.kind) }.count == 1
    }.count
  }

  @Test func aToolThatNobodyHasIsNotFound() async throws {
    #expect(try await told([("1", "no_such_tool", "{}")]) == ["1: tool_not_found"])
  }

  @Test func aHandoffToNobodyIsNotFound() async throws {
    #expect(try await told([("1", "transfer_to_nobody", "{}")]) == ["1: tool_not_found"])
  }

  @Test(arguments: [
    #"{"n":"#, #"{"n":1}}"#, #"{"n":1}{"n":2}"#, "```json\n{\"n\":1}\n```", #"{"n":1,"n":2}"#, "nonsense",
    "{'n':1}", "",
  ])
  func argumentsThatAreNotJSONAreInvalid(arguments: String) async throws {
    let results = try await told(
      [("1", "script_work", arguments)],
      words: { #expect($0.contains("not valid JSON") && $0.contains("line 1, column"), "\($0)") })
    #expect(results == ["1: invalid_json"])
  }

  @Test(arguments: [(#"{"n":"one"}"#, "/n"), (#"{"n":1.5}"#, "/n"), ("[]", ""), ("null", ""), ("3", "")])
  func argumentsThatTheSchemaForbidsAreAViolation(arguments: String, pointer: String) async throws {
    let results = try await told(
      [("1", "script_work", arguments)],
      words: { #expect($0.contains(#""pointer":"\#(pointer)""#), "\($0)") })
    #expect(results == ["1: schema_violation"])
  }

  @Test func nothingIsAnEmptyObjectWhereAToolTakesNoArguments() async throws {
    #expect(try await told([("1", "script_judge", "")]) == ["1: ok"])
  }

  @Test func aToolThatFailsIsAnErrorWithItsWords() async throws {
    let results = try await told([("1", "script_write", "{}")]) { lanes, call, _, _ in
      Array("no such order".utf8).withUnsafeBytes { lanes.complete(call, status: .tool, payload: $0) }
    } words: {
      #expect($0.contains("no such order"), "\($0)")
    }
    #expect(results == ["1: tool_failed"])
  }

  @Test func aToolWithADefectIsAnErrorWithoutItsWords() async throws {
    let results = try await told([("1", "script_write", "{}")]) { lanes, call, _, _ in
      Array("null at 0x7f".utf8).withUnsafeBytes { lanes.complete(call, status: .internal, payload: $0) }
    } words: {
      #expect(!$0.contains("0x7f") && $0.contains("effect_unknown"), "\($0)")
    }
    #expect(results == ["1: tool_failed"])
  }

  @Test func aToolThatAnswersNoJSONIsNotBelieved() async throws {
    let results = try await told([("1", "script_work", "{}")]) { lanes, call, _, _ in
      Array("{\"n\":".utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    #expect(results == ["1: invalid_result"])
  }

  @Test func aToolThatDoesNotComeBackHasTimedOutAndTheRunGoesOn() async throws {
    let gate = Gate()
    let flow = try ScriptedFlow(
      answers: [ScriptedFlow.calling([("1", "script_write", "{}")]), ScriptedFlow.done],
      toolTimeout: 20_000_000
    ) { _, _, _, _ in
      gate.wait()
      return .ok
    }
    #expect(await flow.ask().status == .succeeded)
    #expect(flow.results(toldAt: 1) == ["1: timed_out"])
    #expect(flow.words(toldAt: 1).contains(#""effect_unknown":true"#))
    gate.open()
    waitUntil { flow.lanes.counts.callsInUse == 0 }
    flow.lanes.shutDown()
  }

  @Test func aToolThatFailsHardLeavesItsSiblingsAlone() async throws {
    let (isUnderWay, hasFailed) = (Gate(), Gate())
    let flow = try ScriptedFlow(
      answers: [
        ScriptedFlow.calling([
          ("1", "script_work", "{}"), ("2", "script_write", "{}"), ("3", "script_put", "{}"),
        ]), ScriptedFlow.done,
      ]
    ) { [self] lanes, call, tool, arguments in
      switch tool {
      case "write":
        isUnderWay.wait()
        return .internal
      case "work":
        isUnderWay.open()
        hasFailed.wait()
      default: break
      }
      return echo(lanes, call, tool, arguments)
    }
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask(observer: FailureGate(gate: hasFailed)).text == "done")
    #expect(flow.results(toldAt: 1) == ["1: ok", "2: tool_failed", "3: ok"])
    #expect(try await pairs(flow) == 3)
  }

  /// Opens once a tool has failed.
  private struct FailureGate: FlowObserver {
    let gate: Gate
    func observed(_ event: FlowEvent) {
      if case .toolFinished(_, _, _, _?, _) = event { gate.open() }
    }
  }

  @Test func callsWithOneIdAreEachAnswered() async throws {
    let results = try await told([("x", "script_work", #"{"n":1}"#), ("x", "script_work", #"{"n":2}"#)])
    #expect(results == ["x: ok", "x-2: ok"])
  }

  @Test func aThousandCallsInOneTurnAreAnsweredInTheirOrderUpToTheLimit() async throws {
    let calls = (0..<1000).map { ("\($0)", "script_work", "{\"n\":\($0)}") }
    var limits = FlowLimits()
    limits.maxToolCalls = 600
    limits.onLimit = .wrapUp
    let flow = try ScriptedFlow(
      answers: [ScriptedFlow.calling(calls), ScriptedFlow.done], limits: limits, tool: echo)
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .limitReached)
    let expected = (0..<1000).map { $0 < 600 ? "\($0): ok" : "\($0): rate_limited" }
    #expect(flow.results(toldAt: 1) == expected)
    #expect(try await pairs(flow) == 1000)
  }

  @Test func longArgumentsAreACallLikeAnyOther() async throws {
    let long = String(repeating: "x", count: 512 << 10)
    #expect(try await told([("1", "script_work", "{\"s\":\"\(long)\"}")]) == ["1: ok"])
  }

  @Test func anAnswerOverTheProvidersLimitEndsTheRunAndNothingOfItIsDone() async throws {
    let long = String(repeating: "x", count: 10 << 20)
    let calls = Lock(0)
    let flow = try ScriptedFlow(
      answers: [ScriptedFlow.calling([("1", "script_write", "{\"s\":\"\(long)\"}")])]
    ) { _, _, _, _ in
      calls.withLock { $0 += 1 }
      return .ok
    }
    defer { flow.lanes.shutDown() }
    let outcome = await flow.ask()
    #expect(outcome.status == .failed && outcome.failure?.code == .resultTooLarge)
    #expect(calls.withLock { $0 } == 0)
  }

  @Test func aToolBesideAHandoffIsMadeBeforeItAndBothAreAnswered() async throws {
    let definition = try FlowDefinition.manifest(
      """
      start_agent: a
      agents:
        a: {model: {provider: script, name: a}, tools: ['script.*'], handoffs: [{target: b, history: {mode: full}}]}
        b: {model: {provider: script, name: b}}
      """)
    let both = ScriptedFlow.calling([("1", "transfer_to_b", "{}"), ("2", "script_write", #"{"n":1}"#)])
    let flow = try ScriptedFlow(
      definition, answers: ["a": [both], "b": [ScriptedFlow.done, ScriptedFlow.done]], tool: echo)
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().agent == "b")
    #expect(flow.results(toldAt: 1) == ["1: ok", "2: ok"])
    let kinds = try await flow.kinds()
    let made = try #require(kinds.firstIndex(of: .toolFinished))
    #expect(made < kinds.firstIndex(of: .handoffCompleted) ?? 0)
    try await expectOrder(of: flow)
  }

  @Test func anAnswerWithoutAnythingIsAnAnswer() async throws {
    let empty =
      #"{"text":"","toolCalls":[],"finishReason":"stop","usage":{"inputTokens":1,"outputTokens":0}}"#
    let flow = try ScriptedFlow(answers: [empty], tool: echo)
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask() == FlowOutcome(status: .succeeded, text: "", agent: "a"))
  }
}
