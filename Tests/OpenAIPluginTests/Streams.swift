import JackfieldPluginSDK

@testable import OpenAI

/// Streams as the interfaces' public descriptions have them.
enum Streams {
  static func chunk(_ delta: String, finish: String = "null") -> String {
    #"data: {"id":"c-1","object":"chat.completion.chunk","created":1,"model":"gpt-x","choices":[{"index":0,"delta":"#
      + delta + #","finish_reason":"# + finish + "}]}\n\n"
  }

  static let usage =
    #"data: {"id":"c-1","model":"gpt-x","choices":[],"usage":{"prompt_tokens":20,"completion_tokens":9,"total_tokens":29,"#
    + #""prompt_tokens_details":{"cached_tokens":16},"completion_tokens_details":{"reasoning_tokens":4}}}"#
    + "\n\n"

  /// Text, and two calls whose pieces take turns.
  static let twoCalls =
    chunk(#"{"role":"assistant","content":""}"#) + chunk(#"{"content":"Let me "}"#)
    + chunk(#"{"content":"look."}"#)
    + chunk(
      #"{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"one","arguments":""}}]}"#)
    + chunk(
      #"{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"two","arguments":"{\"y\""}}]}"#
    )
    + chunk(#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":"}}]}"#)
    + chunk(
      #"{"tool_calls":[{"index":1,"function":{"arguments":":2}"}},{"index":0,"function":{"arguments":"1}"}}]}"#
    )
    + chunk("{}", finish: #""tool_calls""#) + usage + "data: [DONE]\n\n"

  static let twoCallsAnswer = ChatAnswer(
    text: "Let me look.",
    toolCalls: [
      ChatToolCall(id: "a", name: "one", arguments: #"{"x":1}"#),
      ChatToolCall(id: "b", name: "two", arguments: #"{"y":2}"#),
    ],
    usage: ChatUsage(inputTokens: 20, outputTokens: 9, cachedInputTokens: 16, reasoningTokens: 4),
    model: "gpt-x",
    id: "c-1")

  static func event(_ type: String, _ number: Int, _ members: String) -> String {
    "event: \(type)\ndata: {\"type\":\"\(type)\",\"sequence_number\":\(number)\(members)}\n\n"
  }

  static let reasoning =
    #"{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"Hm."}],"encrypted_content":"gAAA"}"#
  static let call =
    #"{"id":"fc_1","type":"function_call","status":"completed","call_id":"a","name":"one","arguments":"{\"x\":1}"}"#
  static let message =
    #"{"id":"m_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hi.","#
    + #""annotations":[]}]}"#

  static func response(_ output: [String], status: String = "completed", more: String = "") -> String {
    #"{"id":"r-1","object":"response","status":""# + status + #"","model":"gpt-y","error":null,"output":["#
      + output.joined(separator: ",")
      + #"],"usage":{"input_tokens":30,"input_tokens_details":{"cached_tokens":8},"#
      + #""output_tokens":12,"output_tokens_details":{"reasoning_tokens":6},"total_tokens":42}"# + more + "}"
  }

  /// Reasoning, text, a call.
  static let responses =
    event("response.created", 0, #","response":{"id":"r-1","status":"in_progress","output":[]}"#)
    + event(
      "response.output_item.added", 1,
      #","output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]}"#)
    + event("response.reasoning_summary_text.delta", 2, #","item_id":"rs_1","output_index":0,"delta":"Hm.""#)
    + event("response.output_item.done", 3, #","output_index":0,"item":"# + reasoning)
    + event(
      "response.output_text.delta", 4, #","item_id":"m_1","output_index":1,"content_index":0,"delta":"Hi.""#)
    + event("response.output_item.done", 5, #","output_index":1,"item":"# + message)
    + event(
      "response.output_item.added", 6,
      #","output_index":2,"item":{"id":"fc_1","type":"function_call","call_id":"a","name":"one","arguments":""}"#
    )
    + event(
      "response.function_call_arguments.delta", 7, #","item_id":"fc_1","output_index":2,"delta":"{\"x\"""#)
    + event("response.function_call_arguments.delta", 8, #","item_id":"fc_1","output_index":2,"delta":":1}""#)
    + event("response.output_item.done", 9, #","output_index":2,"item":"# + call)
    + event("response.completed", 10, #","response":"# + response([reasoning, message, call]))

  static let responsesAnswer = ChatAnswer(
    text: "Hi.", toolCalls: [ChatToolCall(id: "a", name: "one", arguments: #"{"x":1}"#)],
    usage: ChatUsage(inputTokens: 30, outputTokens: 12, cachedInputTokens: 8, reasoningTokens: 6),
    continuation: [JSONValue(parsing: reasoning)!, "text", "call"], model: "gpt-y", id: "r-1")
}

/// What came of a stream: the pieces that were shown, and how it ended.
struct Reading {
  var pieces: [AnswerPiece] = []
  var outcome: Result<ChatAnswer, any Error>

  var answer: ChatAnswer? { try? outcome.get() }
  var failure: ProviderFailure? {
    if case .failure(let error) = outcome { error as? ProviderFailure } else { nil }
  }

  static func completions(_ text: some Collection<UInt8>) -> Reading {
    var reader = ChatCompletionReader()
    return read(text, { try reader.take($0, show: $1) }, { try reader.answer() })
  }

  static func responses(_ text: some Collection<UInt8>) -> Reading {
    var reader = ResponseReader()
    return read(text, { try reader.take($0, show: $1) }, { try reader.whole() })
  }

  private static func read(
    _ text: some Collection<UInt8>,
    _ take: (ServerSentEvent, (AnswerPiece) -> Void) throws -> ServerAnswer.Step,
    _ end: () throws -> ChatAnswer
  ) -> Reading {
    var pieces: [AnswerPiece] = []
    let outcome: Result<ChatAnswer, any Error>
    do {
      var events = EventStreamReader()
      for event in try events.events(in: text) where try take(event, { pieces.append($0) }) == .stop { break }
      outcome = .success(try end())
    } catch { outcome = .failure(error) }
    return Reading(pieces: pieces, outcome: outcome)
  }
}
