/// What a provider answers to one request.
public struct ChatAnswer: Codable, Sendable, Equatable {
  public enum FinishReason: String, Codable, Sendable {
    case stop
    case toolCalls = "tool_calls"
    /// Cut off: the host runs none of its tool calls, whose arguments may be cut as well.
    case length
    case contentFilter = "content_filter"
  }

  public var text: String
  public var toolCalls: [ChatToolCall]
  public var finishReason: FinishReason
  public var usage: ChatUsage

  /// - Parameter finishReason: By default what follows from `toolCalls`.
  public init(
    text: String = "", toolCalls: [ChatToolCall] = [], finishReason: FinishReason? = nil,
    usage: ChatUsage = ChatUsage()
  ) {
    self.text = text
    self.toolCalls = toolCalls
    self.finishReason = finishReason ?? (toolCalls.isEmpty ? .stop : .toolCalls)
    self.usage = usage
  }
}

/// What a request has cost.
public struct ChatUsage: Codable, Sendable, Equatable {
  public var inputTokens: Int
  public var outputTokens: Int

  public init(inputTokens: Int = 0, outputTokens: Int = 0) {
    self.inputTokens = inputTokens
    self.outputTokens = outputTokens
  }
}
