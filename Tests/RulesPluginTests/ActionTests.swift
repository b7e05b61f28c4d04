import JackfieldPluginSDK
import Rules
import Testing

struct ActionTests {
  @Test func oneRuleCanAnswerCallAndHandOver() throws {
    let dialogue = try DialogueFixture(
      #"""
      [{"when":{"message":"(?<n>\\d+)"},"answer":"Got {{n}}.",
        "call":[{"tool":"calc_evaluate","arguments":{"expression":"{{n}} + 1"}},{"tool":"calc_evaluate"}],
        "handoff":{"agent":"calculator","arguments":{"expression":"{{n}} * 7"}}}]
      """#)
    let answer = try dialogue.answer("25 runs")
    #expect(answer.text == "Got 25.")
    #expect(answer.finishReason == .toolCalls)
    #expect(
      answer.toolCalls == [
        ChatToolCall(id: "call-1", name: "calc_evaluate", arguments: #"{"expression":"25 + 1"}"#),
        ChatToolCall(id: "call-2", name: "calc_evaluate", arguments: "{}"),
        ChatToolCall(id: "call-3", name: "transfer_to_calculator", arguments: #"{"expression":"25 * 7"}"#),
      ])
    #expect(try dialogue.answer("25 runs") == answer)
  }

  @Test func whatIsNotOfferedIsNotCalledAndThePersonIsTold() throws {
    let dialogue = try DialogueFixture(
      #"[{"answer":"Let me see.","call":{"tool":"sql_query"},"handoff":{"agent":"nobody"}}]"#)
    let answer = try dialogue.answer("?")
    #expect(answer.toolCalls.isEmpty)
    #expect(answer.finishReason == .stop)
    #expect(
      answer.text == "Let me see.\n\nI cannot use sql_query here.\n\nI cannot hand over to nobody here.")
  }

  @Test func toolsThatMayNotBeCalledAreNot() throws {
    let dialogue = try DialogueFixture(#"[{"call":{"tool":"calc_evaluate"}}]"#)
    let answer = try dialogue.answer([.user("?")], toolChoice: .none)
    #expect(answer.toolCalls.isEmpty)
    #expect(answer.text == "I cannot use calc_evaluate here.")
  }

  @Test func argumentsKeepTheTypeOfASlotThatStandsAlone() throws {
    let dialogue = try DialogueFixture(
      #"""
      [{"when":{"tool_result":{"fields":{"n":"/n","l":"/l","b":"/b","z":"/z"}}},
        "call":{"tool":"calc_evaluate","arguments":{"n":"{{n}}","t":"n={{n}}","l":["{{l}}",1],"b":"{{b}}","z":"{{z}}"}}}]
      """#)
    let answer = try dialogue.answer([
      .user("?"), .calls(("1", "t", "{}")), .result("1", "t", #"{"n":7,"l":[1,"\""],"b":true,"z":null}"#),
    ])
    #expect(answer.toolCalls.first?.arguments == #"{"b":true,"l":[[1,"\""],1],"n":7,"t":"n=7","z":null}"#)
    #expect(answer.toolCalls.first?.id == "call-2")
  }

  @Test func anUnknownModelIsAnsweredWithTheNearest() throws {
    let dialogue = try DialogueFixture(
      models: #"{"triage":{"default":{"answer":"x"}},"analyst":{"default":{"answer":"y"}}}"#)
    func error(_ model: String) -> ProviderError? {
      #expect(throws: ProviderError.self) { try dialogue.answer([.user("?")], model: model) }
    }
    #expect(error("triag") == .invalidRequest("no model \"triag\"; did you mean \"triage\"?"))
    #expect(error("gpt") == .invalidRequest("no model \"gpt\"; there are: analyst, triage"))
  }

  @Test func settingsAreRefusedBecauseThereAreNone() throws {
    let dialogue = try DialogueFixture("[]")
    let error = #expect(throws: ProviderError.self) {
      try dialogue.answer([.user("?")], settings: ["top_k": 1, "temperature": 0.5])
    }
    #expect(error == .invalidRequest("unknown setting \"temperature\"; rules have none"))
    #expect(try dialogue.answer([.user("?")]).text == "default")
  }

  @Test func usageIsAQuarterOfTheBytesRoundedUp() throws {
    let dialogue = try DialogueFixture(#"[{"answer":"12345"}]"#)
    let answer = try dialogue.answer([.user("123456789")], tools: ["toolname"])
    #expect(answer.usage == ChatUsage(inputTokens: 5, outputTokens: 2))
  }

  @Test(arguments: ["", "a", "two words", "  a\n\nb  c ", "\n", "> q\n> r", "héllo wörld"])
  func thePiecesOfATextJoinUpToIt(text: String) {
    let pieces = RulesChat.pieces(of: text)
    #expect(pieces.joined() == text)
    #expect(pieces.allSatisfy { !$0.isEmpty })
  }
}
