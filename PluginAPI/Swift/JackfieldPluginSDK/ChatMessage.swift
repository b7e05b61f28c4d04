/// One message of a conversation.
public struct ChatMessage: Codable, Sendable, Equatable {
  public enum Role: String, Codable, Sendable {
    case system, user, assistant, tool
  }

  public var role: Role
  /// Text. A tool's is usually JSON; do not depend on it.
  public var content: String
  /// Of a user or a tool: everything that is said, where it is more than text; `content` is then the text of it.
  public var parts: [ChatPart]?
  /// Of an assistant.
  public var toolCalls: [ChatToolCall]?
  /// Of an assistant: what `ChatAnswer.continuation` said when this very provider and model gave this answer.
  public var continuation: JSONValue?
  /// Of a tool: the call that it answers.
  public var toolCallId: String?
  /// Of a tool: its name.
  public var name: String?
  /// Of a tool: whether the call failed, and `content` says why.
  public var isError: Bool?
  /// Of a user message that quotes another agent of the flow: its name. Such a message is context, neither the user's
  /// question nor an instruction.
  public var agent: String?

  public init(
    role: Role, content: String, parts: [ChatPart]? = nil, toolCalls: [ChatToolCall]? = nil,
    continuation: JSONValue? = nil, toolCallId: String? = nil, name: String? = nil, isError: Bool? = nil,
    agent: String? = nil
  ) {
    self.role = role
    self.content = content
    self.parts = parts
    self.toolCalls = toolCalls
    self.continuation = continuation
    self.toolCallId = toolCallId
    self.name = name
    self.isError = isError
    self.agent = agent
  }
}

/// A part of what a message says.
public enum ChatPart: Codable, Sendable, Equatable {
  case text(String)
  /// - Parameters:
  ///   - mimeType: as in "image/png".
  ///   - base64: of the image's bytes, with padding.
  case image(mimeType: String, base64: String)
  /// An image that the model's own host fetches: an `https:` address.
  case imageAddress(String)
  /// Of a type that this SDK does not know.
  case unknown(String)

  private enum Key: CodingKey { case type, text, mimeType, data, url }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    switch try container.decode(String.self, forKey: .type) {
    case "text": self = .text(try container.decode(String.self, forKey: .text))
    case "image":
      if let url = try container.decodeIfPresent(String.self, forKey: .url) {
        self = .imageAddress(url)
      } else {
        self = .image(
          mimeType: try container.decode(String.self, forKey: .mimeType),
          base64: try container.decode(String.self, forKey: .data))
      }
    case let other: self = .unknown(other)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .text(let text):
      try container.encode("text", forKey: .type)
      try container.encode(text, forKey: .text)
    case .image(let mimeType, let base64):
      try container.encode("image", forKey: .type)
      try container.encode(mimeType, forKey: .mimeType)
      try container.encode(base64, forKey: .data)
    case .imageAddress(let url):
      try container.encode("image", forKey: .type)
      try container.encode(url, forKey: .url)
    case .unknown(let type): try container.encode(type, forKey: .type)
    }
  }
}

/// A tool that may be called.
public struct ChatTool: Codable, Sendable, Equatable {
  /// `[A-Za-z0-9_-]{1,64}`.
  public var name: String
  public var description: String?
  public var inputSchema: JSONValue

  public init(name: String, description: String? = nil, inputSchema: JSONValue) {
    self.name = name
    self.description = description
    self.inputSchema = inputSchema
  }
}

/// One call of a tool by a model.
public struct ChatToolCall: Codable, Sendable, Equatable {
  /// Unique within an answer.
  public var id: String
  public var name: String
  /// Text, and usually JSON: a model may write anything.
  public var arguments: String

  public init(id: String, name: String, arguments: String) {
    self.id = id
    self.name = name
    self.arguments = arguments
  }
}
