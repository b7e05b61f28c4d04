import JackfieldPluginSDK
import Rules
import Testing

struct MatchingTests {
  @Test func theFirstRuleThatAppliesDecides() throws {
    let dialogue = try DialogueFixture(
      #"""
      [{"when":{"message":"(?i)^hello"},"answer":"first"}, {"when":{"message":"hello (?<who>\\w+)"},"answer":"Hi {{who}}"},
       {"when":{"message":"(?<a>x)|(?<b>y)"},"answer":"[{{a}}{{b}}]"}]
      """#)
    #expect(try dialogue.answer("Hello you").text == "first")
    #expect(try dialogue.answer("say hello Zoë").text == "Hi Zoë")
    #expect(try dialogue.answer("y").text == "[y]")
    #expect(try dialogue.answer("else").text == "default")
    #expect(try dialogue.answer("").text == "default")
  }

  @Test func aRuleSeesThePersonsNewestMessageAndNoQuoteOfAnAgent() throws {
    let dialogue = try DialogueFixture(#"[{"when":{"message":"secret"},"answer":"obeyed"}]"#)
    let messages: [ChatMessage] = [.user("secret"), .user("hello"), .quote("other", "say the secret")]
    #expect(try dialogue.answer(messages).text == "default")
  }

  @Test func aRuleAboutAMessageIsSilentAfterAToolAndOneAboutAResultBefore() throws {
    let dialogue = try DialogueFixture(
      #"""
      [{"when":{"message":"1"},"call":{"tool":"calc_evaluate","arguments":{"expression":"1"}}},
       {"when":{"message":"1","tool_result":{"tool":"calc_evaluate","fields":{"value":"/value"}}},"answer":"= {{value}}"}]
      """#)
    #expect(try dialogue.answer("1").toolCalls.map(\.name) == ["calc_evaluate"])
    let after: [ChatMessage] = [
      .user("1"), .calls(("c", "calc_evaluate", "{}")), .result("c", "calc_evaluate", #"{"value":1.0}"#),
    ]
    let answer = try dialogue.answer(after)
    #expect(answer.text == "= 1")
    #expect(answer.toolCalls.isEmpty)
    #expect(try dialogue.answer(after + [.user("1")]).toolCalls.count == 1)
  }

  @Test func theFirstResultThatFitsGivesTheSlotsAndItsOwnCallTheArguments() throws {
    let dialogue = try DialogueFixture(
      #"""
      [{"when":{"tool_result":{"tool":"b","pattern":"deep (?<word>\\w+)","fields":{"x":"/list/1/a~1b"},
        "arguments":{"asked":"/q"}}},"answer":"{{word}} {{x}} {{asked}} {{tool}}"}]
      """#)
    let messages: [ChatMessage] = [
      .user("?"),
      .calls(("1", "a", #"{"q":"one"}"#), ("2", "b", #"{"q":"two"}"#), ("3", "b", #"{"q":"three"}"#)),
      .result("1", "a", #"{"list":[0,{"a/b":"no"}],"t":"deep no"}"#),
      .result("2", "b", #"{"list":[],"t":"deep no"}"#),
      .result("3", "b", #"{"list":[0,{"a/b":"yes"}],"t":"deep end"}"#),
    ]
    #expect(try dialogue.answer(messages).text == "end yes three b")
  }

  @Test func aListAsksForAResultEach() throws {
    let dialogue = try DialogueFixture(
      #"""
      [{"when":{"tool_result":[{"is_error":false,"fields":{"a":"/v"}},{"fields":{"b":"/v"}}]},"answer":"{{a}}{{b}}"}]
      """#)
    func answer(_ results: ChatMessage...) throws -> String {
      try dialogue.answer([.user("?"), .calls(("1", "t", "{}"), ("2", "t", "{}"))] + results).text
    }
    #expect(try answer(.result("1", "t", #"{"v":1}"#), .result("2", "t", #"{"v":2}"#)) == "12")
    #expect(try answer(.result("1", "t", #"{"v":1}"#, isError: true), .result("2", "t", #"{"v":2}"#)) == "21")
    #expect(try answer(.result("1", "t", #"{"v":1}"#)) == "default")
  }

  @Test func errorsAreToldApartByTheirCode() throws {
    let dialogue = try DialogueFixture(
      #"""
      [{"when":{"tool_result":{"code":"rate_limited","fields":{"ms":"/error/retry_after_ms"}}},
        "answer":"wait {{ms|seconds}} s"},
       {"when":{"tool_result":{"is_error":true,"fields":{"why":"/error/message"}}},"answer":"failed: {{why}}"},
       {"when":{"tool_result":{"is_error":false}},"answer":"fine"}]
      """#)
    func answer(_ content: String, isError: Bool) throws -> String {
      try dialogue.answer([
        .user("?"), .calls(("1", "t", "{}")), .result("1", "t", content, isError: isError),
      ]).text
    }
    let limited = #"{"error":{"code":"rate_limited","message":"later","retry_after_ms":1001}}"#
    #expect(try answer(limited, isError: true) == "wait 2 s")
    #expect(try answer(limited, isError: false) == "fine")
    #expect(
      try answer(#"{"error":{"code":"timed_out","message":"too slow"}}"#, isError: true) == "failed: too slow"
    )
    #expect(try answer("no JSON at all", isError: true) == "default")
  }

  @Test func aHandoffIsReadFromTheNewestMessageThatTellsOne() throws {
    let dialogue = try DialogueFixture(
      #"""
      [{"when":{"handoff":{"from":"analyst","pattern":"\"n\"","fields":{"n":"/n"}}},"answer":"{{from}} says {{n}}"},
       {"when":{"handoff":{}},"answer":"from {{from}}"}]
      """#)
    #expect(try dialogue.answer([.user("?"), .handover("analyst", #"{"n":5}"#)]).text == "analyst says 5")
    #expect(try dialogue.answer([.user("?"), .handover("triage", #"{"n":5}"#)]).text == "from triage")
    let asked = ChatMessage.quote("analyst", #"Agent "analyst" asks you with {"n":6}"#)
    #expect(try dialogue.answer([.user("?"), asked]).text == "analyst says 6")
    let two: [ChatMessage] = [.user("?"), .handover("analyst", #"{"n":5}"#), .handover("analyst", "{}")]
    #expect(try dialogue.answer(two).text == "from analyst")
    #expect(try dialogue.answer([.user("?"), .quote("analyst", "There are 5.")]).text == "default")
    #expect(
      try dialogue.answer([.user(#"Agent "analyst" handed over to you with {"n":5}"#)]).text == "default")
  }

  @Test func aRuleCanAskWhatWasCalledSinceTheQuestion() throws {
    let dialogue = try DialogueFixture(
      #"""
      [{"when":{"tool_result":{},"not_called":["b"]},"call":{"tool":"b"}},
       {"when":{"tool_result":{},"called":["a","b"]},"answer":"both"}]
      """#)
    var messages: [ChatMessage] = [
      .user("old"), .calls(("0", "b", "{}")), .result("0", "b", "{}"), .user("new"), .calls(("1", "a", "{}")),
      .result("1", "a", "{}"),
    ]
    let first = try dialogue.answer(messages, tools: ["b"])
    #expect(first.toolCalls.map(\.name) == ["b"])
    messages += [.calls(("2", "b", "{}")), .result("2", "b", "{}")]
    #expect(try dialogue.answer(messages).text == "both")
  }

  @Test(.timeLimit(.minutes(1))) func aPatternThatSearchesForLongIsGivenUpAndNamed() throws {
    let dialogue = try DialogueFixture(#"[{"name":"bad","when":{"message":"^(a+)+$"},"answer":"x"}]"#)
    let error = #expect(throws: ProviderError.self) {
      try dialogue.answer(String(repeating: "a", count: 40) + "b")
    }
    #expect(error == .failed("model \"m\", rule 1 \"bad\": its pattern takes too long on this text"))
  }
}
