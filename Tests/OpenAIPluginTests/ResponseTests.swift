import JackfieldPluginSDK
import Testing

@testable import OpenAI

@Suite struct ResponseTests {
  private func read(_ text: String) -> Reading { .responses(text.utf8) }
  private func end(_ response: String) -> String {
    Streams.event("response.completed", 1, #","response":"# + response)
  }

  @Test func theLastEventHasTheAnswerAndThoseBeforeItAreShown() {
    let reading = read(Streams.responses)
    #expect(reading.answer == Streams.responsesAnswer)
    #expect(
      reading.pieces == [
        .reasoning("Hm."), .text("Hi."), .toolCall(index: 0, id: "a", name: "one", arguments: ""),
        .toolCallArguments(index: 0, #"{"x""#), .toolCallArguments(index: 0, ":1}"),
        .usage(Streams.responsesAnswer.usage),
      ])
  }

  @Test func aStreamThatIsCutAnywhereIsNoAnswer() {
    let bytes = Array(Streams.responses.utf8)
    for end in 0..<bytes.count {
      #expect(Reading.responses(bytes[..<end]).failure?.kind == .incomplete, "cut after \(end)")
    }
  }

  @Test func eventsThatComeTwiceOrLateAreShownOnce() {
    let events = Streams.responses.split(separator: "\n\n").map { $0 + "\n\n" }
    let doubled = events.flatMap { [$0, $0] }.joined()
    #expect(read(doubled).pieces == read(Streams.responses).pieces)
    #expect(read(doubled).answer == Streams.responsesAnswer)
    var shuffled = events
    shuffled.swapAt(7, 8)
    #expect(read(shuffled.joined()).answer == Streams.responsesAnswer)
  }

  @Test func itemsStandInForALastEventWithoutOutput() {
    let events = Streams.responses.split(separator: "\n\n").dropLast().map { $0 + "\n\n" }.joined()
    #expect(read(events + end(Streams.response([]))).answer == Streams.responsesAnswer)
  }

  @Test func anAnswerThatIsNotCompleteSaysWhy() {
    func incomplete(_ reason: String) -> ChatAnswer? {
      read(
        Streams.event(
          "response.incomplete", 1,
          #","response":"#
            + Streams.response(
              [Streams.call], status: "incomplete", more: #","incomplete_details":{"reason":"\#(reason)"}"#))
      ).answer
    }
    #expect(incomplete("max_output_tokens")?.finishReason == .length)
    #expect(incomplete("content_filter")?.finishReason == .contentFilter)
    #expect(incomplete("content_filter")?.toolCalls == [])
    #expect(read(end(Streams.response([], status: "cancelled"))).failure?.kind == .incomplete)
  }

  @Test func aRefusalIsNoAnswer() {
    let refusal = #"{"type":"message","role":"assistant","content":[{"type":"refusal","refusal":"No."}]}"#
    let answer = read(end(Streams.response([refusal, Streams.call]))).answer
    #expect(answer?.finishReason == .refusal && answer?.text == "No." && answer?.toolCalls == [])
  }

  @Test(arguments: [
    (
      #"{"type":"error","code":"rate_limit_exceeded","message":"slow","sequence_number":3}"#,
      ProviderFailure.Kind.rateLimited
    ),
    (
      #"{"type":"error","error":{"type":"invalid_request_error","code":"context_length_exceeded","message":"m"}}"#,
      .contextTooLong
    ),
    (
      #"{"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"m"},"output":[]}}"#,
      .serverError
    ),
    (#"{"error":{"message":"m","type":"internal_server_error","code":"500"}}"#, .serverError),
    (#"{"type":"response.completed"}"#, .badAnswer), (#"{"type":"#, .badAnswer),
    (#"{"type":"response.completed","response":{"status":"completed"}}"#, .badAnswer),
  ])
  func anErrorWithinAStreamIsTold(data: String, kind: ProviderFailure.Kind) {
    let failure = read("data: \(data)\n\n").failure
    #expect(failure?.kind == kind)
  }

  // MARK: The way back

  private func request(_ messages: [ChatMessage]) throws -> JSONValue {
    let question = try Question(
      ChatRequest(model: "gpt-5", messages: messages), model: "gpt-5", preset: .openai)
    return try ResponsesRequest.body(question)["input"] ?? .null
  }

  @Test func encryptedReasoningComesBackWhereItStood() throws {
    let answer = Streams.responsesAnswer
    let message = ChatMessage(
      role: .assistant, content: answer.text, toolCalls: answer.toolCalls, continuation: answer.continuation)
    #expect(
      try request([message]) == [
        JSONValue(parsing: Streams.reasoning)!, ["role": "assistant", "content": "Hi."],
        ["type": "function_call", "call_id": "a", "name": "one", "arguments": #"{"x":1}"#],
      ])
  }

  @Test func aMessageWithoutItIsStillWhole() throws {
    let calls = ["a", "b"].map { ChatToolCall(id: $0, name: "one", arguments: "{}") }
    let plain = try request([ChatMessage(role: .assistant, content: "Hi.", toolCalls: calls)])
    // Neither more calls than were there nor fewer change what the model said.
    for continuation: JSONValue in [["call"], ["call", "call", "call", "text"], [7], "x", .null] {
      let items = try request([
        ChatMessage(role: .assistant, content: "Hi.", toolCalls: calls, continuation: continuation)
      ])
      guard case .array(let found) = items, case .array(let wanted) = plain else {
        Issue.record("no list")
        continue
      }
      #expect(wanted.allSatisfy(found.contains), "\(continuation)")
    }
  }
}
