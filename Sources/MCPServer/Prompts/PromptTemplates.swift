package import ToolContracts

/// Prompts whose messages are texts with `{{argument}}` where a value goes.
package struct PromptTemplates: PromptSource {
  package struct Template: Sendable {
    package var prompt: Prompt
    package var messages: [(role: PromptMessage.Role, text: String)]

    package init(_ prompt: Prompt, messages: [(role: PromptMessage.Role, text: String)]) {
      self.prompt = prompt
      self.messages = messages
    }
  }
  private let templates: [Template]

  package init(_ templates: [Template]) {
    self.templates = templates.sorted { $0.prompt.name < $1.prompt.name }
  }

  package func prompts(for principal: Principal) -> [Prompt] { templates.map(\.prompt) }

  package func messages(
    of name: String, arguments: [String: String], for principal: Principal
  ) -> [PromptMessage] {
    let template = templates.first { $0.prompt.name == name }
    return template?.messages.map { PromptMessage(role: $0.role, text: Self.fill($0.text, with: arguments)) }
      ?? []
  }

  /// One pass, so that a value which looks like a blank stays what it is. A blank without a value becomes nothing.
  private static func fill(_ text: String, with arguments: [String: String]) -> String {
    var filled = ""
    var rest = text[...]
    while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
      filled += rest[..<open.lowerBound]
      filled += arguments[String(rest[open.upperBound..<close.lowerBound])] ?? ""
      rest = rest[close.upperBound...]
    }
    return filled + rest
  }
}
