import JSONCodec
import Locking
import MCPFixtures
import MCPServer
import TestSupport
import Testing
import ToolContracts

/// A client that can be asked, in the revision in which a server asks by answering.
private func meta(_ capabilities: String) -> String {
  #"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":\#(capabilities)}"#
}
private let everything = meta(#"{"elicitation":{"form":{},"url":{}},"sampling":{},"roots":{}}"#)
private let accepted = #"{"action":"accept","content":{"name":"Ada"}}"#

extension Wire {
  fileprivate func ask(
    _ id: String, _ tool: String, arguments: String = "{}", state: String? = nil, responses: String? = nil,
    meta: String = everything
  ) -> JSONValue {
    var params = #"{"name":"\#(tool)","arguments":\#(arguments),"_meta":\#(meta)"#
    if let state { params += #","requestState":"\#(state)""# }
    if let responses { params += #","inputResponses":\#(responses)"# }
    request(id, "tools/call", params + "}")
    return receive()
  }

  fileprivate func initialize(_ revision: String, capabilities: String) {
    request(
      "0", "initialize",
      #"{"protocolVersion":"\#(revision)","capabilities":\#(capabilities),"clientInfo":{"name":"t","version":"1"}}"#
    )
    #expect(receive()["id"] == 0)
    send(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
  }

  fileprivate func answer(_ question: JSONValue, _ result: String) {
    send(#"{"jsonrpc":"2.0","id":\#(question["id"]?.text ?? "null"),"result":\#(result)}"#)
  }
}

extension JSONValue {
  fileprivate var state: String? { self["result"]?["requestState"]?.string }
  fileprivate var questions: JSONObject { self["result"]?["inputRequests"]?.object ?? JSONObject() }
  fileprivate var structured: JSONValue? { self["result"]?["structuredContent"] }
}

private final class Counted: Sendable {
  private let state = Lock(0)
  var count: Int { state.withLock { $0 } }
  func add() { state.withLock { $0 += 1 } }
}

private func host(_ limits: LimitPolicy = LimitPolicy(), _ extra: FixtureTool...) -> FixtureHost {
  FixtureHost(
    [ConformanceTools.plugin(ChangeAnnouncer()), FixturePlugin("own", extra), FixtureTools.harmless],
    defaults: limits)
}

@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind)
struct AskingByAnsweringTests {
  /// A connection that works on one request at a time, and a tool of which one call may run.
  private static func crowded() -> FixtureHost {
    let ask = FixtureTool(pending: "ask") { call in
      if call.arguments["ask"]?.bool == false { return call.answer(["asked": false]) }
      call.ask([ConformanceTools.nameForm]) { _ in call.answer(["asked": true]) }
    }
    var limits = MCPServer.Limits()
    limits.runningCalls = 1
    return FixtureHost([FixturePlugin("own", [ask])], defaults: LimitPolicy(concurrency: 1), limits: limits)
  }

  @Test func whileItsPersonThinksACallHoldsUpNoOther() async throws {
    try await serving(Self.crowded()) { wire in
      let questions = (0..<3).map { wire.ask("\($0)", "own.ask") }
      #expect(questions.allSatisfy { $0["result"]?["resultType"] == "input_required" })
      #expect(wire.ask("10", "own.ask", arguments: #"{"ask":false}"#).structured == ["asked": false])
      for (id, question) in questions.enumerated() {
        let answer = wire.ask(
          "2\(id)", "own.ask", state: question.state, responses: #"{"q1-1":\#(accepted)}"#)
        #expect(answer.structured == ["asked": true])
      }
      // And what was given away has come back, once.
      #expect(wire.ask("30", "own.ask", arguments: #"{"ask":false}"#).structured == ["asked": false])
    }
  }

  @Test func whileItsPersonThinksACallOfASessionHoldsUpNoOther() async throws {
    try await serving(Self.crowded()) { wire in
      wire.initialize("2025-11-25", capabilities: #"{"elicitation":{}}"#)
      wire.call("1", "own.ask")
      let question = wire.receive()
      #expect(question["method"] == "elicitation/create")
      wire.call("2", "own.ask", #"{"ask":false}"#)
      #expect(wire.receive().structured == ["asked": false])
      wire.call("3", "own.ask")
      let taken = wire.receive()
      #expect(taken["method"] == "elicitation/create")
      wire.cancel("3")
      #expect(wire.receive()["method"] == "notifications/cancelled")
      wire.answer(question, accepted)
      #expect(wire.receive().structured == ["asked": true])
      wire.call("4", "own.ask", #"{"ask":false}"#)
      #expect(wire.receive().structured == ["asked": false])
    }
  }

  @Test func theRetryWithAnAnswerGoesOnWithTheSameCall() async throws {
    let starts = Counted()
    let tool = FixtureTool(pending: "ask") { call in
      starts.add()
      call.ask([ConformanceTools.nameForm]) { _ in call.answer(["done": true]) }
    }
    try await serving(host(LimitPolicy(), tool)) { wire in
      let question = wire.ask("1", "own.ask")
      #expect(question["result"]?["resultType"] == "input_required")
      #expect(question.questions.keys == ["q1-1"])
      #expect(question.questions["q1-1"]?["method"] == "elicitation/create")
      #expect(question.questions["q1-1"]?["params"]?["requestedSchema"]?["required"] == ["name"])
      let answer = wire.ask("2", "own.ask", state: question.state, responses: #"{"q1-1":\#(accepted)}"#)
      #expect(answer["id"] == 2)
      #expect(answer["result"]?["resultType"] == "complete")
      #expect(answer.structured == ["done": true])
      #expect(starts.count == 1)
    }
  }

  @Test(arguments: [
    (accepted, #"{"accepted":{"name":"Ada"}}"#), (#"{"action":"decline"}"#, #""declined""#),
    (#"{"action":"cancel"}"#, #""dismissed""#),
  ])
  func theToolLearnsWhatThePersonDecided(response: String, told: String) async throws {
    try await serving(host()) { wire in
      let question = wire.ask("1", "test.asking")
      let answer = wire.ask("2", "test.asking", state: question.state, responses: #"{"q1-1":\#(response)}"#)
      let expected = try JSONValue(parsing: told)
      #expect(answer.structured?["answer"] == expected)
    }
  }

  @Test func aToolMayAskAgain() async throws {
    try await serving(host()) { wire in
      let first = wire.ask("1", "test.asking_twice")
      let second = wire.ask(
        "2", "test.asking_twice", state: first.state, responses: #"{"q1-1":\#(accepted)}"#)
      #expect(second.questions.keys == ["q2-1"])
      #expect(second.state != first.state)
      let stale = wire.ask("9", "test.asking_twice", state: first.state, responses: #"{"q2-1":\#(accepted)}"#)
      #expect(stale.errorCode == -32602)
      let answer = wire.ask(
        "3", "test.asking_twice", state: second.state, responses: #"{"q2-1":{"action":"decline"}}"#)
      #expect(answer.structured?["second"] == "declined")
    }
  }

  @Test func severalQuestionsComeAtOnceAndWhatIsMissingIsAskedAgain() async throws {
    try await serving(host()) { wire in
      let question = wire.ask("1", "test.asking_much")
      #expect(question.questions.keys == ["q1-1", "q1-2", "q1-3"])
      #expect(
        question.questions.values.map { $0["method"]?.string }
          == ["elicitation/create", "sampling/createMessage", "roots/list"])
      let rest = wire.ask(
        "2", "test.asking_much", state: question.state,
        responses: #"{"q1-1":\#(accepted),"q1-3":{"roots":[]},"q9-9":{"of":"nobody"}}"#)
      #expect(rest.questions.keys == ["q1-2"])
      let answer = wire.ask(
        "3", "test.asking_much", state: rest.state,
        responses: #"{"q1-2":{"role":"assistant","model":"m","content":{"type":"text","text":"4"}}}"#)
      #expect(answer.contentText?.contains(#""text":"4""#) == true)
    }
  }

  @Test func contentThatDoesNotFitTheFormIsAskedForAgain() async throws {
    try await serving(host()) { wire in
      let question = wire.ask("1", "test.asking")
      let again = wire.ask(
        "2", "test.asking", state: question.state,
        responses: #"{"q1-1":{"action":"accept","content":{"name":7}}}"#)
      #expect(again["result"]?["resultType"] == "input_required")
      #expect(again.questions.keys == ["q1-1"])
      let answer = wire.ask("3", "test.asking", state: again.state, responses: #"{"q1-1":\#(accepted)}"#)
      #expect(answer.structured?["answer"]?["accepted"]?["name"] == "Ada")
    }
  }

  @Test func whatIsNoAnswerIsRefusedAndTheCallGoesOnWaiting() async throws {
    try await serving(host()) { wire in
      let question = wire.ask("1", "test.asking")
      for bad in [#"{"q1-1":{"action":"perhaps"}}"#, #"{"q1-1":7}"#, "[]"] {
        #expect(wire.ask("2", "test.asking", state: question.state, responses: bad).errorCode == -32602)
      }
      let answer = wire.ask("3", "test.asking", state: question.state, responses: #"{"q1-1":\#(accepted)}"#)
      #expect(answer.structured?["answer"]?["accepted"] != nil)
    }
  }

  @Test func aStateIsGoodForItsOwnRequestAloneAndOnce() async throws {
    try await serving(host()) { wire in
      let state = wire.ask("1", "test.asking", arguments: #"{"a":1,"b":2}"#).state ?? ""
      let flipped = (state.hasPrefix("0") ? "1" : "0") + state.dropFirst()
      let responses = #"{"q1-1":\#(accepted)}"#
      for (tool, arguments, state) in [
        ("test.asking", #"{"a":1,"b":2}"#, flipped), ("test.asking", #"{"a":1,"b":2}"#, "none"),
        ("test.asking", #"{"a":1,"b":2}"#, state.uppercased()), ("test.asking", #"{"a":1,"b":3}"#, state),
        ("test.asking_twice", #"{"a":1,"b":2}"#, state),
      ] {
        let answer = wire.ask("2", tool, arguments: arguments, state: state, responses: responses)
        #expect(answer.errorCode == -32602, "\(tool) \(arguments)")
      }
      // The same arguments, written otherwise.
      let answer = wire.ask(
        "3", "test.asking", arguments: #"{ "b":2, "a":1 }"#, state: state, responses: responses)
      #expect(answer.structured?["answer"]?["accepted"] != nil)
      let again = wire.ask(
        "4", "test.asking", arguments: #"{"a":1,"b":2}"#, state: state, responses: responses)
      #expect(again.errorCode == -32602)
    }
  }

  @Test(arguments: [
    ("{}", "test.asking", "elicitation"), (#"{"elicitation":{"url":{}}}"#, "test.asking", "elicitation"),
    (#"{"elicitation":{}}"#, "test.asking_address", "elicitation"),
    (#"{"elicitation":{}}"#, "test.asking_model", "sampling"),
    (#"{"elicitation":{},"sampling":{}}"#, "test.asking_folders", "roots"),
  ])
  func aClientIsAskedOnlyWhatItSaidItCanBeAsked(capabilities: String, tool: String, capability: String)
    async throws
  {
    try await serving(host()) { wire in
      let answer = wire.ask("1", tool, meta: meta(capabilities))
      #expect(answer.errorCode == -32021)
      let wanted = answer["error"]?["data"]?["requiredCapabilities"]?.object?.keys
      #expect(wanted == [capability])
    }
  }

  @Test func cancellingTheRetryCancelsTheCall() async throws {
    let told = Counted()
    let tool = FixtureTool(pending: "ask") { call in
      call.ask([ConformanceTools.nameForm]) { _ in told.add() }
    }
    try await serving(host(LimitPolicy(), tool)) { wire in
      let question = wire.ask("1", "own.ask")
      wire.request(
        "2", "tools/call",
        #"{"name":"own.ask","arguments":{},"_meta":\#(everything),"requestState":"\#(question.state ?? "")","inputResponses":{"q1-1":\#(accepted)}}"#
      )
      wire.cancel("2")
      // No answer comes for a request that was taken back.
      wire.request("3", "ping")
      #expect(wire.receive()["id"] == 3)
      let late = wire.ask("4", "own.ask", state: question.state, responses: "{}")
      #expect(late.errorCode == -32602)
      #expect(told.count == 1)
    }
  }

  @Test func aQuestionThatWasTakenBackIsNotAskedAgainAndTheCallGoesOn() async throws {
    let (over, running) = (Cancellation(), Lock<FixtureCall?>(nil))
    let tool = FixtureTool(pending: "ask") { call in
      running.withLock { $0 = call }
      _ = call.receiver.ask(call.handle, [ConformanceTools.nameForm], until: over) { _ in }
    }
    try await serving(host(LimitPolicy(), tool)) { wire in
      let question = wire.ask("1", "own.ask")
      #expect(question.questions.keys == ["q1-1"])
      over.cancel()
      wire.request(
        "2", "tools/call",
        #"{"name":"own.ask","arguments":{},"_meta":\#(everything),"requestState":"\#(question.state ?? "")","inputResponses":{"q1-1":\#(accepted)}}"#
      )
      // The retry waits for the call itself now.
      wire.request("3", "ping")
      #expect(wire.receive()["id"] == 3)
      running.withLock { $0 }?.answer(["done": true])
      let answer = wire.receive()
      #expect(answer["id"] == 2)
      #expect(answer.structured == ["done": true])
    }
  }

  @Test func aCallWhoseQuestionWasTakenBackAndWhoseClientIsGoneIsCancelled() async throws {
    let over = Cancellation()
    let tool = FixtureTool(pending: "ask") { call in
      _ = call.receiver.ask(call.handle, [ConformanceTools.nameForm], until: over) { _ in }
    }
    let clock = SystemTime()
    let start = clock.now()
    try await serving(host(LimitPolicy(), tool)) { wire in
      _ = wire.ask("1", "own.ask")
      over.cancel()
    }
    // Else the end waits for it as long as it waits for anything.
    #expect(start.nanoseconds(until: clock.now()) < 1_400_000_000)
  }

  @Test func aCallWhoseClientIsGoneWaitsForNobody() async throws {
    // The suite's own bound and the server's drain would both be passed if it did.
    let end = try await serving(host()) { wire in
      #expect(wire.ask("1", "test.asking")["result"]?["resultType"] == "input_required")
    }
    #expect(end == .endOfInput)
  }
}

@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind)
struct AskingInASessionTests {
  @Test(arguments: ["2025-06-18", "2025-11-25"])
  func theClientIsSentARequestWhileItsOwnIsOpen(revision: String) async throws {
    try await serving(host()) { wire in
      wire.initialize(revision, capabilities: #"{"elicitation":{}}"#)
      wire.call("1", "test.asking")
      let question = wire.receive()
      #expect(question["method"] == "elicitation/create")
      #expect(question["params"]?["message"] == "What is your name?")
      #expect(question["params"]?["mode"] == (revision == "2025-06-18" ? nil : "form"))
      // What the server asks does not keep it from answering.
      wire.request("2", "ping")
      #expect(wire.receive()["id"] == 2)
      wire.answer(question, accepted)
      #expect(wire.receive().structured?["answer"]?["accepted"]?["name"] == "Ada")
    }
  }

  @Test func aFormThatComesBackWrongIsShownAgainButNotForEver() async throws {
    try await serving(host()) { wire in
      wire.initialize("2025-11-25", capabilities: #"{"elicitation":{}}"#)
      wire.call("1", "test.asking")
      for _ in 0..<3 {
        let question = wire.receive()
        #expect(question["method"] == "elicitation/create")
        wire.answer(question, #"{"action":"accept","content":{"name":""}}"#)
      }
      #expect(wire.receive().structured?["answer"] == "dismissed")
    }
  }

  @Test func anErrorOrNonsenseInPlaceOfAnAnswerDismissesTheQuestion() async throws {
    try await serving(host()) { wire in
      wire.initialize("2025-11-25", capabilities: #"{"elicitation":{}}"#)
      wire.call("1", "test.asking")
      let question = wire.receive()
      wire.send(#"{"jsonrpc":"2.0","id":"of-nobody","result":{}}"#)
      wire.send(#"{"jsonrpc":"2.0","id":\#(question["id"]?.text ?? ""),"error":{"code":-1,"message":"no"}}"#)
      #expect(wire.receive().structured?["answer"] == "dismissed")
      wire.call("2", "test.asking")
      wire.answer(wire.receive(), #"{"action":"maybe"}"#)
      #expect(wire.receive().structured?["answer"] == "dismissed")
    }
  }

  @Test func aQuestionOfACallThatWasCancelledIsTakenBack() async throws {
    try await serving(host()) { wire in
      wire.initialize("2025-11-25", capabilities: #"{"elicitation":{}}"#)
      wire.call("1", "test.asking")
      let question = wire.receive()
      wire.cancel("1")
      let taken = wire.receive()
      #expect(taken["method"] == "notifications/cancelled")
      #expect(taken["params"]?["requestId"] == question["id"])
      wire.answer(question, accepted)
      wire.request("2", "ping")
      #expect(wire.receive()["id"] == 2)
    }
  }

  @Test func aQuestionWhoseCallDoesNotWaitForItIsTakenBack() async throws {
    let tool = FixtureTool(pending: "ask") { call in
      call.ask([ConformanceTools.nameForm]) { _ in }
      call.answer(["done": true])
    }
    try await serving(host(LimitPolicy(), tool)) { wire in
      wire.initialize("2025-11-25", capabilities: #"{"elicitation":{}}"#)
      wire.call("1", "own.ask")
      let question = wire.receive()
      let taken = wire.receive()
      #expect(taken["method"] == "notifications/cancelled")
      #expect(taken["params"]?["requestId"] == question["id"])
      #expect(wire.receive().structured == ["done": true])
    }
  }

  @Test(arguments: ["2025-11-25", "2024-11-05"])
  func whoCannotBeAskedIsNotAsked(revision: String) async throws {
    try await serving(host()) { wire in
      wire.initialize(revision, capabilities: "{}")
      wire.call("1", "test.asking")
      let answer = wire.receive()
      #expect(answer["id"] == 1)
      #expect(answer.failure?["message"] == "cannot ask: -2")
    }
  }

  @Test func anAddressHasAnIDWhereTheRevisionAsksForOne() async throws {
    try await serving(host()) { wire in
      wire.initialize("2025-11-25", capabilities: #"{"elicitation":{"url":{}}}"#)
      wire.call("1", "test.asking_address")
      let question = wire.receive()
      #expect(question["params"]?["mode"] == "url")
      #expect(question["params"]?["url"] == "https://example.com/sign-in")
      #expect(question["params"]?["elicitationId"]?.string?.isEmpty == false)
      wire.answer(question, #"{"action":"accept"}"#)
      #expect(wire.receive().structured?["answer"]?["accepted"] == [:])
    }
  }
}

@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind)
struct PromptAskingTests {
  private func get(
    _ wire: Wire, _ id: String, arguments: String, more: String = "", meta: String = everything
  ) -> JSONValue {
    wire.request(
      id, "prompts/get",
      #"{"name":"test_prompt_with_arguments","arguments":\#(arguments),"_meta":\#(meta)\#(more)}"#)
    return wire.receive()
  }

  @Test func missingArgumentsAreAskedForAndFilledIn() async throws {
    try await serving(FixtureHost([FixtureTools.harmless], prompts: FixturePrompts.all)) { wire in
      let question = get(wire, "1", arguments: #"{"arg1":"a"}"#)
      #expect(question["result"]?["resultType"] == "input_required")
      #expect(question.questions["arguments"]?["params"]?["requestedSchema"]?["required"] == ["arg2"])
      let state = question.state ?? ""
      let responses = #"{"arguments":{"action":"accept","content":{"arg2":"b"}}}"#
      let answer = get(
        wire, "2", arguments: #"{"arg1":"a"}"#,
        more: #","requestState":"\#(state)","inputResponses":\#(responses)"#)
      #expect(
        answer["result"]?["messages"]?[0]?["content"]?["text"]
          == "Prompt with arguments: arg1='a', arg2='b'")
      // Not for other arguments than it was given for, nor for what nobody signed.
      for (arguments, state) in [(#"{"arg1":"x"}"#, state), (#"{"arg1":"a"}"#, String(state.reversed()))] {
        let refused = get(
          wire, "3", arguments: arguments,
          more: #","requestState":"\#(state)","inputResponses":\#(responses)"#)
        #expect(refused.errorCode == -32602)
      }
    }
  }

  @Test func whoDeclinesOrCannotBeAskedIsToldWhatIsMissing() async throws {
    try await serving(FixtureHost([FixtureTools.harmless], prompts: FixturePrompts.all)) { wire in
      #expect(get(wire, "1", arguments: "{}", meta: modernMeta).errorCode == -32602)
      let state = get(wire, "2", arguments: "{}").state ?? ""
      let declined = get(
        wire, "3", arguments: "{}",
        more: #","requestState":"\#(state)","inputResponses":{"arguments":{"action":"decline"}}"#)
      #expect(declined["error"]?["message"] == "the argument arg1 is missing")
    }
  }
}
