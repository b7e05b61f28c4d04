/// A conversation so far, and what may be answered to it.
public struct ChatRequest: Codable, Sendable, Equatable {
  /// The newest form of PluginAPI/PROVIDERS.md that the host reads; 1 where it says nothing.
  public var form: Int
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

  /// How long its server may be waited for; nil: as long as the provider thinks right.
  public var timeouts: Timeouts?

  public struct Timeouts: Codable, Sendable, Equatable {
    /// Until the answer begins, in milliseconds.
    public var responseMs: Int64?
    /// Until each next piece of it, in milliseconds.
    public var idleMs: Int64?

    public init(responseMs: Int64? = nil, idleMs: Int64? = nil) {
      self.responseMs = responseMs
      self.idleMs = idleMs
    }
  }

  public enum ToolChoice: String, Codable, Sendable {
    case auto
    /// Tools must not be called.
    case none
    /// Some tool must be called.
    case required
  }

  public init(
    model: String, messages: [ChatMessage], tools: [ChatTool] = [], toolChoice: ToolChoice = .auto,
    settings: [String: JSONValue] = [:], outputSchema: JSONValue? = nil, timeouts: Timeouts? = nil,
    form: Int = 2
  ) {
    self.form = form
    self.model = model
    self.messages = messages
    self.tools = tools
    self.toolChoice = toolChoice
    self.settings = settings
    self.outputSchema = outputSchema
    self.timeouts = timeouts
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    form = try container.decodeIfPresent(Int.self, forKey: .form) ?? 1
    model = try container.decode(String.self, forKey: .model)
    messages = try container.decode([ChatMessage].self, forKey: .messages)
    tools = try container.decodeIfPresent([ChatTool].self, forKey: .tools) ?? []
    toolChoice = try container.decodeIfPresent(ToolChoice.self, forKey: .toolChoice) ?? .auto
    settings = try container.decodeIfPresent([String: JSONValue].self, forKey: .settings) ?? [:]
    outputSchema = try container.decodeIfPresent(JSONValue.self, forKey: .outputSchema)
    timeouts = try container.decodeIfPresent(Timeouts.self, forKey: .timeouts)
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
