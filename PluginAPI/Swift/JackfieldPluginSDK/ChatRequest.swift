/// A conversation so far, and what may be answered to it.
public struct ChatRequest: Codable, Sendable, Equatable {
  /// The provider's own name of a model.
  public var model: String
  /// Every tool call of an assistant message is answered by one tool message before the next assistant message.
  public var messages: [ChatMessage]
  /// Tools, and handoffs as tools named `transfer_to_<agent>`.
  public var tools: [ChatTool]
  public var toolChoice: ToolChoice
  /// The agent's own, passed through: read them with `settings(as:)`.
  public var settings: [String: JSONValue]
  /// The JSON Schema that an answer without tool calls must have as JSON text; nil: any text will do. The host checks it.
  public var outputSchema: JSONValue?

  public enum ToolChoice: String, Codable, Sendable {
    case auto
    /// Tools must not be called.
    case none
    /// Some tool must be called.
    case required
  }

  public init(
    model: String, messages: [ChatMessage], tools: [ChatTool] = [], toolChoice: ToolChoice = .auto,
    settings: [String: JSONValue] = [:], outputSchema: JSONValue? = nil
  ) {
    self.model = model
    self.messages = messages
    self.tools = tools
    self.toolChoice = toolChoice
    self.settings = settings
    self.outputSchema = outputSchema
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    model = try container.decode(String.self, forKey: .model)
    messages = try container.decode([ChatMessage].self, forKey: .messages)
    tools = try container.decodeIfPresent([ChatTool].self, forKey: .tools) ?? []
    toolChoice = try container.decodeIfPresent(ToolChoice.self, forKey: .toolChoice) ?? .auto
    settings = try container.decodeIfPresent([String: JSONValue].self, forKey: .settings) ?? [:]
    outputSchema = try container.decodeIfPresent(JSONValue.self, forKey: .outputSchema)
  }

  /// The settings as a type of the provider's, whose properties are all that it knows.
  ///
  /// - Throws: `ProviderError.invalidRequest` for an unknown setting or one of the wrong type.
  public func settings<T: Decodable & Sendable>(as type: T.Type) throws(ProviderError) -> T {
    do {
      let known = try SchemaDerivation(root: type).propertyNames()
      if let unknown = settings.keys.sorted().first(where: { !known.contains($0) }) {
        throw ProviderError.invalidRequest(
          "unknown setting \"\(unknown)\"; known: \(known.joined(separator: ", "))")
      }
      return try JSONCoding.answer(settings).withBytes { try JSONTape(parsing: $0).decode(type) }
    } catch let error as ProviderError {
      throw error
    } catch {
      throw .invalidRequest("the settings do not fit: \(JSONCoding.describe(error))")
    }
  }
}

/// One message of a conversation.
public struct ChatMessage: Codable, Sendable, Equatable {
  public enum Role: String, Codable, Sendable {
    case system, user, assistant, tool
  }

  public var role: Role
  /// Text. A tool's is usually JSON; do not depend on it.
  public var content: String
  /// Of an assistant.
  public var toolCalls: [ChatToolCall]?
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
    role: Role, content: String, toolCalls: [ChatToolCall]? = nil, toolCallId: String? = nil,
    name: String? = nil,
    isError: Bool? = nil, agent: String? = nil
  ) {
    self.role = role
    self.content = content
    self.toolCalls = toolCalls
    self.toolCallId = toolCallId
    self.name = name
    self.isError = isError
    self.agent = agent
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
