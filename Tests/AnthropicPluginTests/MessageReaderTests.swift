import JackfieldPluginSDK
import Testing

@testable import Anthropic

/// A stream as the interface's public description has it.
enum Stream {
  static func event(_ type: String, _ members: String = "") -> String {
    "event: \(type)\ndata: {\"type\":\"\(type)\"\(members)}\n\n"
  }
  static func delta(_ index: Int, _ delta: String) -> String {
    event("content_block_delta", #","index":\#(index),"delta":{\#(delta)}"#)
  }
  static func start(_ index: Int, _ block: String) -> String {
    event("content_block_start", #","index":\#(index),"content_block":{\#(block)}"#)
  }
  static func stop(_ index: Int) -> String { event("content_block_stop", #","index":\#(index)"#) }
  static func end(_ reason: String) -> String {
    event(
      "message_delta",
      #","delta":{"stop_reason":\#(reason),"stop_sequence":null},"usage":{"output_tokens":40}"#)
      + event("message_stop")
  }
  static let begin = event(
    "message_start",
    #","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[],"stop_reason":null,"#
      + #""usage":{"input_tokens":5,"cache_creation_input_tokens":3,"cache_read_input_tokens":2,"output_tokens":1}}"#
  )

  /// Thinking, text, a call in pieces, and one that came at once.
  static let whole =
    begin + event("ping") + start(0, #""type":"thinking","thinking":"","signature":"""#)
    + delta(0, #""type":"thinking_delta","thinking":"Hm.""#)
    + delta(0, #""type":"signature_delta","signature":"sig""#)
    + stop(0) + start(1, #""type":"text","text":"""#) + delta(1, #""type":"text_delta","text":"Let me ""#)
    + delta(1, #""type":"text_delta","text":"look.""#) + stop(1)
    + start(2, #""type":"tool_use","id":"toolu_a","name":"one","input":{}"#)
    + delta(2, #""type":"input_json_delta","partial_json":"""#)
    + delta(2, #""type":"input_json_delta","partial_json":"{\"x\":""#)
    + delta(2, #""type":"input_json_delta","partial_json":" 1}""#) + stop(2)
    + start(3, #""type":"redacted_thinking","data":"xxxx""#) + stop(3)
    + start(4, #""type":"tool_use","id":"toolu_b","name":"two","input":{}"#) + stop(4) + end(#""tool_use""#)

  static let answer = ChatAnswer(
    text: "Let me look.",
    toolCalls: [
      ChatToolCall(id: "toolu_a", name: "one", arguments: #"{"x": 1}"#),
      ChatToolCall(id: "toolu_b", name: "two", arguments: "{}"),
    ],
    usage: ChatUsage(inputTokens: 10, outputTokens: 40, cachedInputTokens: 2, cacheWriteInputTokens: 3),
    continuation: [
      ["type": "thinking", "thinking": "Hm.", "signature": "sig"], "text", "call",
      ["type": "redacted_thinking", "data": "xxxx"], "call",
    ], model: "claude-x", id: "msg_1")

  static func read(
    _ bytes: some Collection<UInt8>
  ) -> (pieces: [AnswerPiece], outcome: Result<ChatAnswer, any Error>) {
    var pieces: [AnswerPiece] = []
    var reader = MessageReader()
    do {
      var events = EventStreamReader()
      for event in try events.events(in: bytes)
      where try reader.take(event, show: { pieces.append($0) }) == .stop { break }
      return (pieces, .success(try reader.answer()))
    } catch { return (pieces, .failure(error)) }
  }
}

@Suite struct MessageReaderTests {
  private func answer(_ text: String) -> ChatAnswer? { try? Stream.read(text.utf8).outcome.get() }
  private func kind(_ bytes: some Collection<UInt8>) -> ProviderFailure.Kind? {
    if case .failure(let error) = Stream.read(bytes).outcome {
      (error as? ProviderFailure)?.kind
    } else {
      nil
    }
  }

  @Test func blocksArePutTogetherInTheirOrder() {
    let (pieces, outcome) = Stream.read(Stream.whole.utf8)
    #expect((try? outcome.get()) == Stream.answer)
    #expect(
      pieces.filter { if case .usage = $0 { false } else { true } } == [
        .reasoning("Hm."), .text("Let me "), .text("look."),
        .toolCall(index: 0, id: "toolu_a", name: "one", arguments: ""),
        .toolCallArguments(index: 0, #"{"x":"#),
        .toolCallArguments(index: 0, " 1}"), .toolCall(index: 1, id: "toolu_b", name: "two", arguments: ""),
      ])
  }

  @Test func aStreamThatIsCutAnywhereIsNoAnswer() {
    let bytes = Array(Stream.whole.utf8)
    for end in 0..<bytes.count { #expect(kind(bytes[..<end]) == .incomplete, "cut after \(end)") }
  }

  @Test func aBlockWithoutItsEndIsNotWhole() {
    let open = Stream.begin + Stream.start(0, #""type":"tool_use","id":"a","name":"one","input":{}"#)
    #expect(kind((open + Stream.end(#""tool_use""#)).utf8) == .incomplete)
    #expect(kind((open + Stream.stop(0) + Stream.end("null")).utf8) == .incomplete)
    #expect(answer(open + Stream.stop(0) + Stream.end(#""tool_use""#))?.toolCalls.count == 1)
  }

  @Test func blocksThatTakeTurnsAreToldApart() {
    let text =
      Stream.begin + Stream.start(1, #""type":"tool_use","id":"b","name":"two","input":{}"#)
      + Stream.start(0, #""type":"tool_use","id":"a","name":"one","input":{}"#)
      + Stream.delta(1, #""type":"input_json_delta","partial_json":"{\"b\"""#)
      + Stream.delta(0, #""type":"input_json_delta","partial_json":"{}""#)
      + Stream.delta(1, #""type":"input_json_delta","partial_json":":1}""#) + Stream.stop(1) + Stream.stop(0)
      + Stream.end(#""tool_use""#)
    #expect(answer(text)?.toolCalls.map(\.arguments) == ["{}", #"{"b":1}"#])
  }

  @Test(arguments: [
    ("end_turn", ChatAnswer.FinishReason.stop), ("stop_sequence", .stop), ("max_tokens", .length),
    ("model_context_window_exceeded", .length), ("refusal", .refusal), ("something_new", .stop),
  ])
  func theEndSaysWhy(reason: String, finish: ChatAnswer.FinishReason) {
    let text = Stream.begin + Stream.start(0, #""type":"text","text":"x""#) + Stream.stop(0)
    #expect(answer(text + Stream.end("\"\(reason)\""))?.finishReason == finish)
  }

  @Test func whatIsRefusedHasNoCallsAndNothingToGiveBack() {
    let end = Stream.end(#""tool_use""#)
    let refused = answer(Stream.whole.dropLast(end.count) + Stream.end(#""refusal""#))
    #expect(refused?.finishReason == .refusal && refused?.toolCalls == [] && refused?.continuation == nil)
  }

  @Test(arguments: [
    (
      Stream.event("error", #","error":{"type":"overloaded_error","message":"m"}"#),
      ProviderFailure.Kind.overloaded
    ),
    (Stream.event("error", #","error":{"type":"new_error","message":"m"}"#), .serverError),
    (Stream.delta(9, #""type":"text_delta","text":"x""#), .badAnswer), ("data: {\n\n", .badAnswer),
    (Stream.start(0, #""type":"text","text":"""#) + Stream.start(0, #""type":"text","text":"""#), .badAnswer),
    (Stream.end(#""pause_turn""#), .badAnswer),
    (
      Stream.start(0, #""type":"tool_use","id":"a","name":"one""#) + Stream.stop(0)
        + Stream.end(#""tool_use""#), .badAnswer
    ),
  ])
  func whatIsWrongIsTold(events: String, kind: ProviderFailure.Kind) {
    #expect(self.kind((Stream.begin + events).utf8) == kind)
  }

  @Test func anAnswerThatComesWholeIsTheSame() throws {
    let json = try #require(
      JSONValue(
        parsing: #"""
          {"id":"msg_1","type":"message","role":"assistant","model":"claude-x","stop_reason":"tool_use","content":[
           {"type":"thinking","thinking":"Hm.","signature":"sig"},{"type":"text","text":"Let me look."},
           {"type":"tool_use","id":"toolu_a","name":"one","input":{"x":1}},{"type":"redacted_thinking","data":"xxxx"},
           {"type":"tool_use","id":"toolu_b","name":"two","input":{}}],
           "usage":{"input_tokens":5,"cache_creation_input_tokens":3,"cache_read_input_tokens":2,"output_tokens":40}}
          """#))
    var reader = MessageReader()
    try reader.take(whole: json) { _ in }
    var answer = Stream.answer
    answer.toolCalls[0].arguments = #"{"x":1}"#
    #expect(try reader.answer() == answer)
  }
}
