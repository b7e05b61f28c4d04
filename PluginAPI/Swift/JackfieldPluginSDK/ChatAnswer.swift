/// What a provider answers to one request.
public struct ChatAnswer: Codable, Sendable, Equatable {
  public enum FinishReason: String, Codable, Sendable {
    case stop
    case toolCalls = "tool_calls"
    /// Cut off: the host runs none of its tool calls, whose arguments may be cut as well.
    case length
    case contentFilter = "content_filter"
    /// The model will not answer this; `text` may say why.
    case refusal
  }

  public var text: String
  public var toolCalls: [ChatToolCall]
  public var finishReason: FinishReason
  public var usage: ChatUsage
  /// What this provider wants back with the message that this answer becomes: nobody else reads it.
  public var continuation: JSONValue?
  /// The model that answered, by the server's word.
  public var model: String?
  /// The server's own name of the answer or of the request, for its operators.
  public var id: String?

  /// - Parameter finishReason: By default what follows from `toolCalls`.
  public init(
    text: String = "", toolCalls: [ChatToolCall] = [], finishReason: FinishReason? = nil,
    usage: ChatUsage = ChatUsage(), continuation: JSONValue? = nil, model: String? = nil, id: String? = nil
  ) {
    self.text = text
    self.toolCalls = toolCalls
    self.finishReason = finishReason ?? (toolCalls.isEmpty ? .stop : .toolCalls)
    self.usage = usage
    self.continuation = continuation
    self.model = model
    self.id = id
  }

  /// As a host reads it that knows this form of PluginAPI/PROVIDERS.md and none after it.
  func inForm(_ form: Int) -> ChatAnswer {
    var answer = self
    // A server's words, however long: they must not cost the answer.
    answer.model = model.map(Self.cut)
    answer.id = id.map(Self.cut)
    if form < 2, finishReason == .refusal { answer.finishReason = .contentFilter }
    return answer
  }

  private static func cut(_ name: String) -> String {
    name.utf8.count <= 256 ? name : String(String.UnicodeScalarView(name.unicodeScalars.prefix(256)))
  }
}

/// What a request has cost, in tokens as the server counts them.
public struct ChatUsage: Codable, Sendable, Equatable {
  /// All that was read, whether or not from a cache.
  public var inputTokens: Int
  /// All that was written, reasoning included.
  public var outputTokens: Int
  /// Those of `inputTokens` that came from the server's cache.
  public var cachedInputTokens: Int?
  /// Those of `inputTokens` that were put into it.
  public var cacheWriteInputTokens: Int?
  /// Those of `outputTokens` that were reasoning.
  public var reasoningTokens: Int?

  public init(
    inputTokens: Int = 0, outputTokens: Int = 0, cachedInputTokens: Int? = nil,
    cacheWriteInputTokens: Int? = nil,
    reasoningTokens: Int? = nil
  ) {
    self.inputTokens = inputTokens
    self.outputTokens = outputTokens
    self.cachedInputTokens = cachedInputTokens
    self.cacheWriteInputTokens = cacheWriteInputTokens
    self.reasoningTokens = reasoningTokens
  }
}
