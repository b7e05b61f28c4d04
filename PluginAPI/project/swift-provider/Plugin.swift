import JackfieldPluginSDK
public import PluginABI

/// One for every tenant.
struct Instance: Plugin {
  static let id = "{{id}}"
  static let version = "0.1.0"
  static let functions: [Function<Instance>] = [.chat { _ in Greeter() }]

  init(_ opening: OpenContext) {}
}

struct Greeter: ChatProvider {
  static let description = "Greets, word by word."

  /// One turn of a conversation. Pieces of text are a preview; the answer alone counts.
  func respond(to request: ChatRequest, stream: ChatStream) throws -> ChatAnswer {
    for piece in ["Hello, ", "world"] { try stream.text(piece) }
    return ChatAnswer(text: "Hello, world")
  }
}

@c @implementation
public func jackfield_plugin_v1(_ hostABI: UInt32) -> UnsafePointer<jf_plugin>? { Instance.table(hostABI) }
