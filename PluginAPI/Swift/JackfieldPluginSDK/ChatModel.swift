/// A model that a provider has.
public struct ChatModel: Codable, Sendable, Equatable {
  /// The provider's own name of it, as in `ChatRequest.model`.
  public var name: String
  public var description: String?

  public init(name: String, description: String? = nil) {
    self.name = name
    self.description = description
  }
}

/// The answer of a function of kind `models`.
struct ModelList: Codable {
  var models: [ChatModel]
}
