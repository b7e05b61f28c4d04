package import JackfieldPluginSDK

/// A provider whose models are lists of rules: no network, no key, the same answer every time.
package struct RulesPlugin: Plugin {
  package static let id = "rules"
  package static let version = "1.0.0"
  package static let functions: [Function<RulesPlugin>] = [
    .chat { RulesChat(dialogue: Dialogue($0.book)) },
    .models { $0.book.modelNames.map { ChatModel(name: $0) } },
  ]
  package static let configurationSchema: Schema? = .json(RuleSource.schema)

  let book: RuleBook

  package init(_ opening: OpenContext) throws {
    book = try RuleBook(try opening.configuration(as: RuleSource.self))
  }
}

/// One turn of a conversation with a model of rules.
package struct RulesChat: ChatProvider {
  package static let description = "Answers by the configured rules."
  package static let limits = LimitHints(timeoutMilliseconds: 2000, maxResultBytes: 2 << 20)

  let dialogue: Dialogue

  package func respond(to request: ChatRequest, stream: ChatStream) throws -> ChatAnswer {
    let answer = try dialogue.answer(to: request)
    for word in Self.pieces(of: answer.text) { try stream.text(word) }
    for (index, call) in answer.toolCalls.enumerated() { try stream.toolCall(call, index: index) }
    try stream.usage(answer.usage)
    return answer
  }

  /// Words, each with the blanks after it, so that the pieces joined are the text.
  package static func pieces(of text: String) -> [String] {
    var pieces: [String] = []
    var rest = Substring(text)
    while !rest.isEmpty {
      let word = rest.prefix { !$0.isWhitespace }
      let blanks = rest[word.endIndex...].prefix(while: \.isWhitespace)
      pieces.append(String(rest[..<blanks.endIndex]))
      rest = rest[blanks.endIndex...]
    }
    return pieces
  }
}
