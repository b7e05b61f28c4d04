import Chaos
import JackfieldPluginSDK
import Testing

/// That each model does what its name says.
struct ChaosScriptTests {
  private static let tools = [
    ChatTool(
      name: "calc_evaluate",
      inputSchema: JSONValue(
        parsing: """
          {"type":"object","required":["text","count","kind"],"properties":{"text":{"type":"string"},
           "count":{"type":"integer"},"kind":{"enum":["a","b"]},"more":{"type":"string"}}}
          """)!),
    ChatTool(name: "transfer_to_b", inputSchema: JSONValue(parsing: #"{"type":"object"}"#)!),
    ChatTool(name: "transfer_to_c", inputSchema: JSONValue(parsing: #"{"type":"object"}"#)!),
  ]

  private func request(turns: Int = 0, tools: [ChatTool] = ChaosScriptTests.tools) -> ChatRequest {
    let said = (0..<turns).map { _ in ChatMessage(role: .assistant, content: "") }
    return ChatRequest(
      model: "", messages: [ChatMessage(role: .user, content: "?")] + said, tools: tools)
  }

  private func answer(_ chaos: ChaosCase, turns: Int = 0, seed: UInt64 = 0) -> ChatAnswer? {
    var script = ChaosScript(request(turns: turns), seed: seed)
    return script.answer(chaos)
  }

  @Test(arguments: ChaosCase.allCases) func theSameRequestAndSeedMakeTheSameAnswer(chaos: ChaosCase) {
    for seed in UInt64(0)..<8 { #expect(answer(chaos, seed: seed) == answer(chaos, seed: seed)) }
  }

  @Test func otherSeedsMakeOtherNoise() {
    #expect(Set((UInt64(0)..<32).map { answer(.noise, seed: $0)?.toolCalls.map(\.name) }).count > 4)
  }

  @Test func argumentsThatAreToFitHaveTheFormOfTheSchema() throws {
    let call = try #require(answer(.neverDone)?.toolCalls.first)
    #expect(JSONValue(parsing: call.arguments) == JSONValue(parsing: #"{"text":"x0","count":0,"kind":"a"}"#))
  }

  @Test(arguments: [ChaosCase.badJSON, .fencedJSON]) func argumentsThatAreNoneAreNone(chaos: ChaosCase) throws
  {
    let calls = try #require(answer(chaos)?.toolCalls)
    #expect(!calls.isEmpty && calls.allSatisfy { JSONValue(parsing: $0.arguments) == nil })
  }

  @Test func whatTheNamesSayIsWhatIsDone() throws {
    func names(_ chaos: ChaosCase) -> [String] { answer(chaos)?.toolCalls.map(\.name) ?? [] }
    let offered = Set(ChaosScriptTests.tools.map(\.name))
    #expect(names(.unknownTool).allSatisfy { !offered.contains($0) })
    #expect(names(.notAdvertised).allSatisfy { !offered.contains($0) })
    #expect(names(.twoHandoffs) == ["transfer_to_b", "transfer_to_c"])
    #expect(names(.handoffAndTools) == ["transfer_to_b", "calc_evaluate"])
    #expect(names(.manyCalls).count == 1000)
    #expect(
      Set(answer(.duplicateIDs)?.toolCalls.map(\.id) ?? []).count == 1 && names(.duplicateIDs).count == 2)
    #expect(answer(.truncated)?.finishReason == .length)
    #expect((answer(.hugeArguments)?.toolCalls.first?.arguments.utf8.count ?? 0) > 10 << 20)
    #expect(answer(.empty) == ChatAnswer())
  }

  @Test func mostComeToAnEndAndSomeDoNot() {
    let endless: [ChaosCase] = [.pingPong, .sameMistake, .neverDone]
    for chaos in ChaosCase.allCases {
      guard let late = answer(chaos, turns: 9) else { continue }
      #expect(late.toolCalls.isEmpty != endless.contains(chaos), "\(chaos)")
    }
  }

  @Test func whereNothingMayBeCalledNothingIs() {
    for chaos in ChaosCase.allCases {
      var request = request()
      request.toolChoice = .none
      var script = ChaosScript(request, seed: 1)
      #expect(script.answer(chaos)?.toolCalls.isEmpty ?? true)
    }
  }
}
