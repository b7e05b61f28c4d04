package import JackfieldPluginSDK

/// What a conversation looks like to a rule.
package struct Situation: Sendable {
  /// The result of a tool call that nobody has reacted to yet.
  struct Result: Sendable {
    var tool: String
    var content: String
    var isError: Bool
    /// Those of the call.
    var arguments: String
  }

  struct Handoff: Sendable {
    var agent: String
    /// JSON.
    var payload: String
  }

  /// The newest message of the person.
  let question: String
  /// Who handed over last, and with what.
  let handoff: Handoff?
  /// What came last, in the order of the calls; empty if a message came last.
  let results: [Result]
  /// The tools that were called since the question.
  let called: Set<String>
  let callCount: Int

  package init(_ messages: [ChatMessage]) {
    question = messages.last { $0.role == .user && $0.agent == nil }?.content ?? ""
    handoff = messages.reversed().lazy.compactMap(Self.handoff).first
    let start = messages.lastIndex { $0.role == .user && $0.agent == nil } ?? 0
    let calls = messages.flatMap { $0.toolCalls ?? [] }
    called = Set(messages[start...].flatMap { ($0.toolCalls ?? []).map(\.name) })
    callCount = calls.count
    let last = messages.reversed().prefix { $0.role == .tool }.reversed()
    results = last.map { message in
      let call = calls.last { $0.id == message.toolCallId }
      return Result(
        tool: message.name ?? call?.name ?? "", content: message.content, isError: message.isError ?? false,
        arguments: call?.arguments ?? "{}")
    }
  }

  /// PluginAPI/PROVIDERS.md has the words in which a handoff is told, a question of another agent, and what a stage gives.
  private static func handoff(in message: ChatMessage) -> Handoff? {
    guard let agent = message.agent else { return nil }
    for opening in [
      "Agent \"\(agent)\" handed over to you with ", "Agent \"\(agent)\" asks you with ",
      "Stage \"\(agent)\" gives you ",
    ] {
      guard message.content.hasPrefix(opening) else { continue }
      return Handoff(agent: agent, payload: String(message.content.dropFirst(opening.count)))
    }
    return nil
  }
}
