/// Texts that are to become vectors.
public struct EmbedRequest: Codable, Sendable, Equatable {
  /// What the vectors are for; some models make others for a question than for what may answer it.
  public enum Purpose: String, Codable, Sendable {
    case query, document
  }
  /// The newest form of PluginAPI/PROVIDERS.md that the host reads; nil: the first.
  public var form: Int?
  public var model: String
  /// 1 to 2048.
  public var texts: [String]
  /// How long each vector is to be; nil: as the model has it.
  public var dimensions: Int?
  public var purpose: Purpose?

  public init(
    model: String, texts: [String], dimensions: Int? = nil, purpose: Purpose? = nil, form: Int? = 2
  ) {
    self.form = form
    self.model = model
    self.texts = texts
    self.dimensions = dimensions
    self.purpose = purpose
  }
}

/// One vector a text, in the order of the texts.
public struct EmbedAnswer: Codable, Sendable, Equatable {
  public var vectors: [[Double]]
  public var usage: ChatUsage
  /// The model that answered, by the server's word.
  public var model: String?

  public init(vectors: [[Double]], usage: ChatUsage = ChatUsage(), model: String? = nil) {
    self.vectors = vectors
    self.usage = usage
    self.model = model
  }
}

/// Turns texts into vectors on the thread it is called on; it may block until its deadline.
public protocol EmbedProvider: Sendable {
  static var limits: LimitHints { get }
  static var isSerial: Bool { get }

  /// Throw `ProviderError` or `ProviderFailure`; every other error is a defect of the plugin.
  func embed(_ request: EmbedRequest, context: CallContext) throws -> EmbedAnswer
}

extension EmbedProvider {
  public static var limits: LimitHints { LimitHints() }
  public static var isSerial: Bool { false }
}
