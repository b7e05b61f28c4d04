package import JackfieldPluginSDK

/// Puts an answer of the Gemini interface together. Calls come whole, each in one part; the stream ends with its body, and is
/// whole where a reason was given.
package struct ContentReader: Sendable {
  /// What ids begin with that are not the server's.
  static let ownID = "gemini-call-"

  private var made = ChatAnswer()
  private var order = PartOrder()
  private var finishReason: String?

  package init() {}

  /// - Parameter show: gets what is new.
  package mutating func take(_ event: ServerSentEvent, show: (AnswerPiece) throws -> Void) throws {
    guard let piece = JSONValue(parsing: event.data) else {
      throw ProviderFailure.badAnswer("a piece of the stream is no JSON")
    }
    try take(piece, show: show)
  }

  /// A piece, or an answer that came whole.
  package mutating func take(_ piece: JSONValue, show: (AnswerPiece) throws -> Void) throws {
    guard case .object = piece else { throw ProviderFailure.badAnswer("the answer is no object") }
    if piece["error"] != nil { throw Fault.failure(ServerFault(body: piece)) }
    if let reason = piece["promptFeedback"]?["blockReason"].optionalText {
      throw ProviderFailure(
        .contentFilter, ProviderFailure.Kind.contentFilter.words, detail: "blocked: \(reason.prefix(64))")
    }
    made.model = piece["modelVersion"].optionalText ?? made.model
    made.id = piece["responseId"].optionalText ?? made.id
    if let candidate = piece["candidates"].elements.first {
      for part in (candidate["content"]?["parts"]).elements { try take(part: part, show) }
      finishReason = candidate["finishReason"].optionalText ?? finishReason
    }
    if let usage = piece["usageMetadata"] {
      made.usage = Self.usage(usage)
      try show(.usage(made.usage))
    }
  }

  private mutating func take(part: JSONValue, _ show: (AnswerPiece) throws -> Void) throws {
    let signature = part["thoughtSignature"].optionalText
    if let call = part["functionCall"] {
      guard let name = call["name"].optionalText else {
        throw ProviderFailure.badAnswer("a call has no name")
      }
      let index = made.toolCalls.count
      let whole = ChatToolCall(
        id: call["id"].optionalText ?? "\(Self.ownID)\(index)", name: name,
        // Left out where the function has no parameters.
        arguments: (call["args"] ?? [:]).json)
      made.toolCalls.append(whole)
      order.add("call", signature: signature)
      try show(.toolCall(index: index, id: whole.id, name: whole.name, arguments: whole.arguments))
    } else if let text = part["text"].optionalText {
      if part["thought"] == true {
        if !text.isEmpty { try show(.reasoning(text)) }
        return
      }
      if !text.isEmpty || signature != nil { order.add("text", signature: signature) }
      made.text += text
      if !text.isEmpty { try show(.text(text)) }
    }
  }

  /// Thoughts are counted apart from what is said, and tools' words apart from the question.
  private static func usage(_ usage: JSONValue) -> ChatUsage {
    let thoughts = usage["thoughtsTokenCount"].count
    return ChatUsage(
      inputTokens: (usage["promptTokenCount"].count ?? 0) + (usage["toolUsePromptTokenCount"].count ?? 0),
      outputTokens: (usage["candidatesTokenCount"].count ?? 0) + (thoughts ?? 0),
      cachedInputTokens: usage["cachedContentTokenCount"].count, reasoningTokens: thoughts)
  }

  /// - Throws: `ProviderFailure` with `.incomplete` where the answer is not whole.
  package func answer() throws -> ChatAnswer {
    guard let finishReason else { throw ProviderFailure.cutStream }
    var answer = made
    switch finishReason {
    case "STOP": answer.finishReason = answer.toolCalls.isEmpty ? .stop : .toolCalls
    case "MAX_TOKENS": answer.finishReason = .length
    case "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "IMAGE_SAFETY":
      answer.finishReason = .contentFilter
      answer.toolCalls = []
      return answer
    // A call that the model got wrong among them: half of it may be missing.
    default: throw ProviderFailure.badAnswer("the answer ended with \(finishReason.prefix(64))")
    }
    answer.continuation = order.continuation
    return answer
  }
}
