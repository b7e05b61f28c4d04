import JackfieldPluginSDK
import Rules

/// Models in the author's words, and questions to them.
struct DialogueFixture {
  private let dialogue: Dialogue

  /// - Parameter rules: JSON: the list of rules of the one model "m", whose default answer is "default".
  init(_ rules: String) throws {
    try self.init(models: #"{"m":{"rules":\#(rules),"default":{"answer":"default"}}}"#)
  }

  init(models: String) throws {
    dialogue = Dialogue(try RuleBook(RuleSource(parsing: #"{"models":\#(models)}"#)))
  }

  func answer(
    _ messages: [ChatMessage], model: String = "m",
    tools: [String] = ["calc_evaluate", "transfer_to_calculator"],
    toolChoice: ChatRequest.ToolChoice = .auto, settings: [String: JSONValue] = [:]
  ) throws -> ChatAnswer {
    try dialogue.answer(
      to: ChatRequest(
        model: model, messages: messages,
        tools: tools.map { ChatTool(name: $0, inputSchema: ["type": "object"]) },
        toolChoice: toolChoice, settings: settings))
  }

  func answer(_ question: String) throws -> ChatAnswer { try answer([.user(question)]) }
}

extension ChatMessage {
  static func user(_ text: String) -> ChatMessage { ChatMessage(role: .user, content: text) }

  static func quote(_ agent: String, _ text: String) -> ChatMessage {
    ChatMessage(role: .user, content: text, agent: agent)
  }

  static func handover(_ agent: String, _ payload: String) -> ChatMessage {
    quote(agent, "Agent \"\(agent)\" handed over to you with \(payload)")
  }

  static func calls(_ calls: (id: String, tool: String, arguments: String)...) -> ChatMessage {
    ChatMessage(
      role: .assistant, content: "",
      toolCalls: calls.map { ChatToolCall(id: $0.id, name: $0.tool, arguments: $0.arguments) })
  }

  static func result(_ id: String, _ tool: String, _ content: String, isError: Bool = false) -> ChatMessage {
    ChatMessage(role: .tool, content: content, toolCallId: id, name: tool, isError: isError)
  }
}
