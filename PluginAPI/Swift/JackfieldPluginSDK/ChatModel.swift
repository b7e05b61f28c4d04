/// A model that a provider has.
public struct ChatModel: Codable, Sendable, Equatable {
  /// What it can be asked for.
  public enum Kind: String, Codable, Sendable {
    case chat, embed
  }
  /// The provider's own name of it, as in `ChatRequest.model`.
  public var name: String
  public var description: String?
  /// Nil where the server does not say.
  public var kinds: [Kind]?
  /// Tokens that question and answer may have together.
  public var contextTokens: Int?
  /// Tokens that an answer may have.
  public var maxOutputTokens: Int?

  public init(
    name: String, description: String? = nil, kinds: [Kind]? = nil, contextTokens: Int? = nil,
    maxOutputTokens: Int? = nil
  ) {
    self.name = name
    self.description = description
    self.kinds = kinds
    self.contextTokens = contextTokens
    self.maxOutputTokens = maxOutputTokens
  }
}

/// The question to a function of kind `models`.
struct ModelsRequest: Decodable {
  var form: Int?
}

/// The answer of a function of kind `models`.
struct ModelList: Codable {
  var models: [ChatModel]
}
