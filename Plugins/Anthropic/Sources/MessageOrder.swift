internal import JackfieldPluginSDK

/// In which order an answer's thinking, text and calls stood: its `continuation`. Signed thinking goes back as it came, right
/// before what followed from it.
struct MessageOrder: Sendable {
  private static let text: JSONValue = "text"
  private static let call: JSONValue = "call"
  private var places: [JSONValue] = []

  init() {}

  init(_ continuation: JSONValue?) { places = continuation.elements }

  /// Nil where there is nothing that the message itself does not say.
  var continuation: JSONValue? {
    places.contains { if case .object = $0 { true } else { false } } ? .array(places) : nil
  }

  mutating func addText() { if !places.contains(Self.text) { places.append(Self.text) } }
  mutating func addCall() { places.append(Self.call) }
  mutating func addThinking(_ block: JSONValue) { places.append(block) }

  func blocks(of message: ChatMessage) -> [JSONValue] {
    var blocks: [JSONValue] = []
    var text: JSONValue? =
      message.content.isEmpty ? nil : ["type": "text", "text": .string(message.content)]
    var calls = (message.toolCalls ?? []).map { call -> JSONValue in
      [
        "type": "tool_use", "id": .string(MessagesConversation.callID(call.id)), "name": .string(call.name),
        "input": Self.input(call.arguments),
      ]
    }[...]
    for place in places {
      switch place {
      case Self.text: if let said = text.take() { blocks.append(said) }
      case Self.call: if let call = calls.popFirst() { blocks.append(call) }
      default: blocks.append(place)
      }
    }
    if let said = text { blocks.append(said) }
    return blocks + calls
  }

  /// The interface takes an object. What is none was refused already, and is quoted for the model to read.
  private static func input(_ arguments: String) -> JSONValue {
    if let value = JSONValue(parsing: arguments), case .object = value { return value }
    return ["unreadable_arguments": .string(arguments)]
  }
}
