import JackfieldPluginSDK
import Testing

@testable import OpenAI

@Suite struct ChatCompletionTests {
  private func read(_ text: String) -> Reading { .completions(text.utf8) }
  private func call(_ pieces: [String]) -> String {
    pieces.map { Streams.chunk(#"{"tool_calls":[\#($0)]}"#) }.joined()
      + Streams.chunk("{}", finish: #""tool_calls""#) + "data: [DONE]\n\n"
  }

  @Test func callsWhosePiecesTakeTurnsArePutTogether() {
    let reading = read(Streams.twoCalls)
    #expect(reading.answer == Streams.twoCallsAnswer)
    #expect(
      reading.pieces == [
        .text("Let me "), .text("look."), .toolCall(index: 0, id: "a", name: "one", arguments: ""),
        .toolCall(index: 1, id: "b", name: "two", arguments: #"{"y""#),
        .toolCallArguments(index: 0, #"{"x":"#), .toolCallArguments(index: 1, ":2}"),
        .toolCallArguments(index: 0, "1}"), .usage(Streams.twoCallsAnswer.usage),
      ])
  }

  @Test func aStreamThatIsCutAnywhereIsNoAnswer() {
    let bytes = Array(Streams.twoCalls.utf8)
    for end in 0..<bytes.count {
      let reading = Reading.completions(bytes[..<end])
      #expect(reading.failure?.kind == .incomplete, "cut after \(end)")
    }
  }

  @Test func aStreamThatLosesAnyOfItsBytesNeverHasOtherCalls() {
    // Not one piece less, and not one that the model did not write.
    let bytes = Array(Streams.twoCalls.utf8)
    for gap in 0..<bytes.count {
      let reading = Reading.completions(bytes[..<gap] + bytes[(gap + 1)...])
      guard let answer = reading.answer else { continue }
      for call in answer.toolCalls { #expect(call.arguments != "{}", "without byte \(gap)") }
    }
  }

  @Test func callsThatBeginOutOfOrderStandInTheirOrder() {
    let reading = read(
      call([
        #"{"index":1,"id":"b","function":{"name":"two","arguments":"{"}}"#,
        #"{"index":0,"id":"a","function":{"name":"one","arguments":"["}}"#,
        #"{"index":1,"function":{"arguments":"}"}}"#, #"{"index":0,"function":{"arguments":"]"}}"#,
      ]))
    #expect(reading.answer?.toolCalls.map(\.name) == ["one", "two"])
    #expect(reading.answer?.toolCalls.map(\.arguments) == ["[]", "{}"])
  }

  @Test(arguments: [
    [
      #"{"index":0,"id":"a","function":{"name":"one","arguments":"1"}}"#,
      #"{"index":0,"id":"b","function":{"name":"two","arguments":"2"}}"#,
    ],
    [
      #"{"id":"a","function":{"name":"one","arguments":"1"}}"#,
      #"{"id":"b","function":{"name":"two","arguments":"2"}}"#,
    ],
    [
      #"{"id":"a","function":{"name":"one","arguments":""}}"#, #"{"function":{"arguments":"1"}}"#,
      #"{"id":"b","function":{"name":"two","arguments":""}}"#, #"{"function":{"arguments":"2"}}"#,
    ],
    [
      #"{"index":0,"id":"a","function":{"name":"one","arguments":""}}"#,
      #"{"index":0,"id":"a","function":{"name":"one","arguments":"1"}}"#,
      #"{"index":1,"id":"b","function":{"name":"two","arguments":"2"}}"#,
    ],
  ])
  func serversThatCountOtherwiseAreUnderstood(pieces: [String]) {
    #expect(
      read(call(pieces)).answer?.toolCalls == [
        ChatToolCall(id: "a", name: "one", arguments: "1"),
        ChatToolCall(id: "b", name: "two", arguments: "2"),
      ])
  }

  @Test func aCallWithoutNameIsNoCall() {
    #expect(read(call([#"{"index":0,"id":"a","function":{"arguments":"{}"}}"#])).failure?.kind == .badAnswer)
  }

  @Test func theEndOfAStreamSaysWhy() {
    func end(_ finish: String) -> ChatAnswer? {
      read(
        Streams.chunk(
          #"{"content":"x","tool_calls":[{"index":0,"id":"a","function":{"name":"one","arguments":"{"}}]}"#)
          + Streams.chunk("{}", finish: finish) + "data: [DONE]\n\n"
      ).answer
    }
    #expect(end(#""length""#)?.finishReason == .length)
    #expect(end(#""content_filter""#)?.finishReason == .contentFilter)
    #expect(end(#""content_filter""#)?.toolCalls == [])
    #expect(end(#""stop""#)?.finishReason == .toolCalls)
    #expect(end("null") == nil)
    #expect(end(#""""#) == nil)
  }

  @Test func aRefusalIsNoContent() {
    let reading = read(
      Streams.chunk(#"{"refusal":"I can"}"#) + Streams.chunk(#"{"refusal":"not."}"#)
        + Streams.chunk("{}", finish: #""stop""#) + "data: [DONE]\n\n")
    #expect(reading.answer?.finishReason == .refusal)
    #expect(reading.answer?.text == "I cannot.")
  }

  @Test func whatOpenModelsThinkIsShownAndNotSaid() {
    let reading = read(
      Streams.chunk(#"{"reasoning_content":"Hm"}"#) + Streams.chunk(#"{"reasoning":"m."}"#)
        + Streams.chunk(#"{"content":"Yes."}"#, finish: #""stop""#) + "data: [DONE]\n\n")
    #expect(reading.pieces == [.reasoning("Hm"), .reasoning("m."), .text("Yes.")])
    #expect(reading.answer?.text == "Yes.")
  }

  @Test(arguments: [
    (
      #"data: {"error":{"message":"busy","type":"server_error","code":"rate_limit_exceeded"}}"#,
      ProviderFailure.Kind.rateLimited
    ),
    (#"data: {"error":"boom"}"#, .serverError), (#"data: {"choices":"#, .badAnswer),
    ("data: <html>", .badAnswer),
    (#"data: {"choices":[{"delta":{"content":7}}]}"#, .badAnswer),
  ])
  func anErrorWithinAStreamIsTold(line: String, kind: ProviderFailure.Kind) {
    #expect(read(Streams.chunk(#"{"content":"x"}"#) + line + "\n\n").failure?.kind == kind)
  }

  @Test func anAnswerThatComesWholeIsTheSame() throws {
    var reader = ChatCompletionReader()
    let json = try #require(
      JSONValue(
        parsing: #"""
          {"id":"c-1","model":"gpt-x","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant",
           "content":"Let me look.","tool_calls":[
             {"id":"a","type":"function","function":{"name":"one","arguments":"{\"x\":1}"}},
             {"id":"b","type":"function","function":{"name":"two","arguments":"{\"y\":2}"}}]}}],
           "usage":{"prompt_tokens":20,"completion_tokens":9,"prompt_tokens_details":{"cached_tokens":16},
           "completion_tokens_details":{"reasoning_tokens":4}}}
          """#))
    try reader.take(json) { _ in }
    #expect(try reader.answer() == Streams.twoCallsAnswer)
    var empty = ChatCompletionReader()
    #expect(throws: ProviderFailure.self) { try empty.take(["choices": []]) { _ in } }
  }
}
