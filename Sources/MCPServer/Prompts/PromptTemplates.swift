package import JSONCodec
package import ToolContracts

/// Prompts whose messages are texts with `{{argument}}` where a value goes, and what no value goes into.
package struct PromptTemplates: PromptSource {
  package struct Template: Sendable {
    package enum Content: Sendable, ExpressibleByStringLiteral {
      case text(String)
      /// A content block; where it embeds a resource, that one's text has blanks as well.
      case block(JSONValue)

      package init(stringLiteral text: String) { self = .text(text) }
    }
    package var prompt: Prompt
    package var messages: [(role: PromptMessage.Role, content: Content)]

    package init(_ prompt: Prompt, messages: [(role: PromptMessage.Role, content: Content)]) {
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
    return (template?.messages ?? []).compactMap { role, content in
      switch content {
      case .text(let text): PromptMessage(role: role, text: Self.fill(text, with: arguments))
      case .block(let block):
        ContentBlock(Self.fill(block, with: arguments).serialized()).map {
          PromptMessage(role: role, content: $0)
        }
      }
    }
  }

  private static func fill(_ block: JSONValue, with arguments: [String: String]) -> JSONValue {
    guard case .object(var members) = block, case .object(var resource)? = members["resource"],
      let text = resource["text"]?.string
    else { return block }
    resource["text"] = .string(fill(text, with: arguments))
    members["resource"] = .object(resource)
    return .object(members)
  }

  private static func fill(_ text: String, with arguments: [String: String]) -> String {
    TextTemplate(text).filledIn { arguments[$0] ?? "" }
  }
}
