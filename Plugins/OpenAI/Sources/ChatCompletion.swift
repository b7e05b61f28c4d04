package import JackfieldPluginSDK

/// What Chat Completions answers: whole, or a piece of a stream, which has `delta` in the place of `message`.
struct ChatCompletion: Decodable {
  var id: String?
  var model: String?
  var choices: [Choice]?
  var usage: Usage?
  var error: JSONValue?

  struct Choice: Decodable {
    var index: Int?
    var message: Message?
    var delta: Message?
    var finishReason: String?

    enum CodingKeys: String, CodingKey {
      case index, message, delta
      case finishReason = "finish_reason"
    }
  }

  struct Message: Decodable {
    var content: String?
    var refusal: String?
    /// Of servers of open models; `reasoning` is another name of it.
    var reasoningContent: String?
    var reasoning: String?
    var toolCalls: [ToolCall]?

    enum CodingKeys: String, CodingKey {
      case content, refusal, reasoning
      case reasoningContent = "reasoning_content"
      case toolCalls = "tool_calls"
    }
  }

  struct ToolCall: Decodable {
    var index: Int?
    var id: String?
    var function: Function?

    struct Function: Decodable {
      var name: String?
      var arguments: String?
    }
  }

  struct Usage: Decodable {
    var promptTokens: Int?
    var completionTokens: Int?
    var promptTokensDetails: Details?
    var completionTokensDetails: Details?

    struct Details: Decodable {
      var cachedTokens: Int?
      var reasoningTokens: Int?

      enum CodingKeys: String, CodingKey {
        case cachedTokens = "cached_tokens"
        case reasoningTokens = "reasoning_tokens"
      }
    }

    enum CodingKeys: String, CodingKey {
      case promptTokens = "prompt_tokens"
      case completionTokens = "completion_tokens"
      case promptTokensDetails = "prompt_tokens_details"
      case completionTokensDetails = "completion_tokens_details"
    }

    var normalised: ChatUsage {
      ChatUsage(
        inputTokens: max(0, promptTokens ?? 0), outputTokens: max(0, completionTokens ?? 0),
        cachedInputTokens: promptTokensDetails?.cachedTokens,
        reasoningTokens: completionTokensDetails?.reasoningTokens)
    }
  }
}

/// Puts an answer of Chat Completions together, piece by piece.
///
/// Pieces of several calls may come in any order, each under its index. There is an answer only once the server has said
/// why it ended, and that it has.
package struct ChatCompletionReader: Sendable {
  private var text = ""
  private var refusal = ""
  private var calls = CallPieces()
  private var finishReason: String?
  private var usage = ChatUsage()
  private var id: String?
  private var model: String?
  private var isOver = false

  package init() {}

  /// - Parameter show: gets what is new.
  package mutating func take(
    _ event: ServerSentEvent, show: (AnswerPiece) throws -> Void
  ) throws -> ServerAnswer.Step {
    if event.data == "[DONE]" {
      isOver = true
      return .stop
    }
    let chunk: ChatCompletion
    do { chunk = try JSON.decode(ChatCompletion.self, from: event.data) } catch {
      throw ProviderFailure.badAnswer("a piece of the stream is not what it should be: \(error)")
    }
    try take(chunk, show: show)
    return .goOn
  }

  /// An answer that came whole.
  package mutating func take(_ whole: JSONValue, show: (AnswerPiece) throws -> Void) throws {
    let completion: ChatCompletion
    do { completion = try JSON.decode(ChatCompletion.self, from: whole.json) } catch {
      throw ProviderFailure.badAnswer("the answer is not what it should be: \(error)")
    }
    guard completion.error != nil || completion.choices?.first?.message != nil else {
      throw ProviderFailure.badAnswer("the answer has no message")
    }
    try take(completion, show: show)
    isOver = true
  }

  private mutating func take(_ chunk: ChatCompletion, show: (AnswerPiece) throws -> Void) throws {
    if let error = chunk.error, error != .null { throw Fault.failure(ServerFault(body: ["error": error])) }
    id = id ?? chunk.id
    model = model ?? chunk.model
    if let choice = chunk.choices?.first(where: { ($0.index ?? 0) == 0 }) {
      if let message = choice.delta ?? choice.message { try take(message, show: show) }
      if let reason = choice.finishReason, !reason.isEmpty { finishReason = reason }
    }
    if let usage = chunk.usage {
      self.usage = usage.normalised
      try show(.usage(self.usage))
    }
  }

  private mutating func take(
    _ message: ChatCompletion.Message, show: (AnswerPiece) throws -> Void
  ) throws {
    if let piece = message.reasoningContent ?? message.reasoning, !piece.isEmpty {
      try show(.reasoning(piece))
    }
    if let piece = message.content, !piece.isEmpty {
      text += piece
      try show(.text(piece))
    }
    if let piece = message.refusal, !piece.isEmpty {
      refusal += piece
      try show(.text(piece))
    }
    for (position, call) in (message.toolCalls ?? []).enumerated() {
      let piece = calls.take(
        index: call.index ?? (message.toolCalls.map { $0.count > 1 } == true ? position : nil),
        id: call.id ?? "",
        name: call.function?.name ?? "", arguments: call.function?.arguments ?? "")
      if let piece { try show(piece) }
    }
  }

  /// - Throws: `ProviderFailure` with `.incomplete` where the answer is not whole.
  package func answer() throws -> ChatAnswer {
    guard isOver, let finishReason else { throw ProviderFailure.cutStream }
    let reason: ChatAnswer.FinishReason
    switch finishReason {
    case "length": reason = .length
    case "content_filter": reason = .contentFilter
    case _ where !refusal.isEmpty: reason = .refusal
    default: reason = calls.isEmpty ? .stop : .toolCalls
    }
    let isWithheld = reason == .contentFilter || reason == .refusal
    return ChatAnswer(
      text: text + refusal, toolCalls: isWithheld ? [] : try calls.whole(), finishReason: reason,
      usage: usage,
      model: model, id: id)
  }
}
