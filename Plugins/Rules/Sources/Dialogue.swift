package import JackfieldPluginSDK

/// Answers one request by the rules. The same request always has the same answer.
package struct Dialogue: Sendable {
  private let book: RuleBook

  package init(_ book: RuleBook) { self.book = book }

  package func answer(to request: ChatRequest) throws(ProviderError) -> ChatAnswer {
    let model = try book.model(named: request.model)
    if let setting = request.settings.keys.min() {
      throw .invalidRequest("unknown setting \"\(setting.prefix(64))\"; rules have none")
    }
    let situation = Situation(request.messages)
    let (action, slots) = try model.decide(in: situation)
    var reply = Reply(
      offered: request.toolChoice == .none ? [] : Set(request.tools.map(\.name)),
      callsBefore: situation.callCount)
    if let answer = action.answer { reply.say(answer.rendered(slots)) }
    for call in action.calls where !reply.make(call, slots) { reply.say("I cannot use \(call.tool) here.") }
    if let handoff = action.handoff, !reply.make(handoff.call, slots) {
      reply.say("I cannot hand over to \(handoff.agent) here.")
    }
    return ChatAnswer(
      text: reply.text, toolCalls: reply.calls,
      usage: Self.usage(of: request, text: reply.text, calls: reply.calls))
  }

  /// An estimate, as there are no tokens here: four bytes each, of messages, tools and calls.
  private static func usage(of request: ChatRequest, text: String, calls: [ChatToolCall]) -> ChatUsage {
    let messages = request.messages.reduce(0) { $0 + $1.content.utf8.count + bytes($1.toolCalls ?? []) }
    let tools = request.tools.reduce(0) { $0 + $1.name.utf8.count + ($1.description?.utf8.count ?? 0) }
    return ChatUsage(
      inputTokens: (messages + tools + 3) / 4, outputTokens: (text.utf8.count + bytes(calls) + 3) / 4)
  }

  private static func bytes(_ calls: [ChatToolCall]) -> Int {
    calls.reduce(0) { $0 + $1.name.utf8.count + $1.arguments.utf8.count }
  }
}

/// An answer that is being put together.
private struct Reply {
  private(set) var text = ""
  private(set) var calls: [ChatToolCall] = []
  let offered: Set<String>
  let callsBefore: Int

  mutating func say(_ words: String) {
    if !text.isEmpty, !words.isEmpty { text += "\n\n" }
    text += words
  }

  /// False if the tool is not offered, and the call was not made.
  mutating func make(_ call: Action.Call, _ slots: Slots) -> Bool {
    guard offered.contains(call.tool) else { return false }
    calls.append(
      ChatToolCall(
        id: "call-\(callsBefore + calls.count + 1)", name: call.tool,
        arguments: call.arguments.value(slots).json))
    return true
  }
}
