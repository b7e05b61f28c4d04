/// What is said about a provider before it is called.
public protocol ChatDeclaration: Sendable {
  /// `[a-z0-9_-]`, at most 48 bytes; "chat" unless given.
  static var name: String { get }
  static var description: String { get }
  static var limits: LimitHints { get }
  /// Whether one instance must answer one request at a time.
  static var isSerial: Bool { get }
}

extension ChatDeclaration {
  public static var name: String { "chat" }
  public static var limits: LimitHints { LimitHints() }
  public static var isSerial: Bool { false }
}

/// Answers one turn of a conversation on the thread it is called on; it may block until its deadline.
/// PluginAPI/PROVIDERS.md is the contract.
public protocol ChatProvider: ChatDeclaration {
  /// Answers a request. What is sent to `stream` on the way is a preview: the returned answer alone counts.
  ///
  /// Throw `ProviderError`; every other error is a defect of the plugin. Settings that the provider does not know are
  /// refused by `ChatRequest.settings(as:)`.
  func respond(to request: ChatRequest, stream: ChatStream) throws -> ChatAnswer
}

/// Answers one turn of a conversation without holding a thread while it waits. It must not block.
public protocol AsyncChatProvider: ChatDeclaration {
  /// As `ChatProvider.respond(to:stream:)`. Its task is cancelled once nobody waits.
  func respond(to request: ChatRequest, stream: ChatStream) async throws -> ChatAnswer
}
