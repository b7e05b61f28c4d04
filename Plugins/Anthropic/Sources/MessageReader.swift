package import JackfieldPluginSDK

/// Puts an answer of the Messages interface together, block by block.
package struct MessageReader: Sendable {
  private struct Block {
    let start: JSONValue
    /// Text, thinking, or a call's arguments.
    var content = ""
    var signature = ""
    var isOver = false
    /// Of a call: its place among the calls.
    let place: Int
  }

  private var blocks: [Int: Block] = [:]
  private var callCount = 0
  private var tokens: [String: Int] = [:]
  private var thinkingTokens: Int?
  private var stopReason: String?
  private var model: String?
  private var id: String?
  private var isOver = false

  package init() {}

  /// - Parameter show: gets what is new.
  package mutating func take(
    _ event: ServerSentEvent, show: (AnswerPiece) throws -> Void
  ) throws -> ServerAnswer.Step {
    guard let data = JSONValue(parsing: event.data) else {
      throw ProviderFailure.badAnswer("a piece of the stream is no JSON")
    }
    let index = data["index"].count ?? 0
    switch data["type"].text {
    case "message_start":
      guard let message = data["message"] else {
        throw ProviderFailure.badAnswer("a message without content")
      }
      begin(message)
      try show(.usage(usage))
    case "content_block_start": try start(data["content_block"] ?? .null, at: index, show)
    case "content_block_delta": try add(data["delta"] ?? .null, at: index, show)
    case "content_block_stop": blocks[index]?.isOver = true
    case "message_delta":
      stopReason = data["delta"]?["stop_reason"].optionalText ?? stopReason
      count(data["usage"])
      try show(.usage(usage))
    case "message_stop":
      isOver = true
      return .stop
    case "error": throw Fault.failure(ServerFault(body: data))
    // A ping, or something newer.
    default: break
    }
    return .goOn
  }

  /// An answer that came whole.
  package mutating func take(whole: JSONValue, show: (AnswerPiece) throws -> Void) throws {
    guard case .array(let content)? = whole["content"] else {
      throw ProviderFailure.badAnswer("the answer has no content")
    }
    begin(whole)
    for (index, block) in content.enumerated() {
      try start(block, at: index, show)
      blocks[index]?.isOver = true
    }
    stopReason = whole["stop_reason"].optionalText
    try show(.usage(usage))
    isOver = true
  }

  private mutating func begin(_ message: JSONValue) {
    id = message["id"].optionalText
    model = message["model"].optionalText
    count(message["usage"])
  }

  private mutating func start(
    _ start: JSONValue, at index: Int, _ show: (AnswerPiece) throws -> Void
  ) throws {
    guard blocks[index] == nil else { throw ProviderFailure.badAnswer("a block began twice") }
    var block = Block(start: start, place: callCount)
    switch start["type"].text {
    case "text":
      block.content = start["text"].text
      if !block.content.isEmpty { try show(.text(block.content)) }
    case "thinking":
      block.content = start["thinking"].text
      block.signature = start["signature"].text
      if !block.content.isEmpty { try show(.reasoning(block.content)) }
    case "tool_use":
      callCount += 1
      try show(
        .toolCall(index: block.place, id: start["id"].text, name: start["name"].text, arguments: ""))
    default: break
    }
    blocks[index] = block
  }

  private mutating func add(
    _ delta: JSONValue, at index: Int, _ show: (AnswerPiece) throws -> Void
  ) throws {
    guard var block = blocks[index], !block.isOver else {
      throw ProviderFailure.badAnswer("a piece of a block that is not open")
    }
    switch delta["type"].text {
    case "text_delta":
      block.content += delta["text"].text
      try show(.text(delta["text"].text))
    case "thinking_delta":
      block.content += delta["thinking"].text
      try show(.reasoning(delta["thinking"].text))
    case "signature_delta": block.signature += delta["signature"].text
    case "input_json_delta":
      let piece = delta["partial_json"].text
      block.content += piece
      if !piece.isEmpty { try show(.toolCallArguments(index: block.place, piece)) }
    default: break
    }
    blocks[index] = block
  }

  /// Later numbers are totals too, and go before earlier ones.
  private mutating func count(_ usage: JSONValue?) {
    for key in ["input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"] {
      if let count = usage?[key].count { tokens[key] = count }
    }
    thinkingTokens = usage?["output_tokens_details"]?["thinking_tokens"].count ?? thinkingTokens
  }

  private var usage: ChatUsage {
    let (written, read) = (tokens["cache_creation_input_tokens"], tokens["cache_read_input_tokens"])
    return ChatUsage(
      inputTokens: (tokens["input_tokens"] ?? 0) + (written ?? 0) + (read ?? 0),
      outputTokens: tokens["output_tokens"] ?? 0, cachedInputTokens: read, cacheWriteInputTokens: written,
      reasoningTokens: thinkingTokens)
  }

  /// - Throws: `ProviderFailure` with `.incomplete` where the answer is not whole.
  package func answer() throws -> ChatAnswer {
    guard isOver, let stopReason, blocks.values.allSatisfy(\.isOver) else { throw ProviderFailure.cutStream }
    var answer = ChatAnswer(usage: usage, model: model, id: id)
    var order = MessageOrder()
    for (_, block) in blocks.sorted(by: { $0.key < $1.key }) {
      switch block.start["type"].text {
      case "text":
        answer.text += block.content
        if !block.content.isEmpty { order.addText() }
      case "thinking":
        order.addThinking(
          ["type": "thinking", "thinking": .string(block.content), "signature": .string(block.signature)])
      case "redacted_thinking": order.addThinking(block.start)
      case "tool_use":
        order.addCall()
        answer.toolCalls.append(try call(block))
      default: break
      }
    }
    switch stopReason {
    case "max_tokens", "model_context_window_exceeded": answer.finishReason = .length
    case "refusal": answer.finishReason = .refusal
    case "pause_turn": throw ProviderFailure.badAnswer("the server paused within a turn")
    default: answer.finishReason = answer.toolCalls.isEmpty ? .stop : .toolCalls
    }
    if answer.finishReason == .refusal {
      answer.toolCalls = []
    } else {
      answer.continuation = order.continuation
    }
    return answer
  }

  private func call(_ block: Block) throws(ProviderFailure) -> ChatToolCall {
    guard let id = block.start["id"].optionalText, let name = block.start["name"].optionalText else {
      throw .badAnswer("a tool call has no name")
    }
    // Without pieces the block had all of it from the beginning: the object that stands there.
    guard block.content.isEmpty else { return ChatToolCall(id: id, name: name, arguments: block.content) }
    guard case .object? = block.start["input"] else { throw .badAnswer("a tool call has no input") }
    return ChatToolCall(id: id, name: name, arguments: block.start["input"]?.json ?? "")
  }
}
