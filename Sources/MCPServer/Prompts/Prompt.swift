package import JSONCodec
package import ToolContracts

/// Words that a person may choose to send to a model, with blanks to fill in.
package struct Prompt: Sendable {
  package struct Argument: Sendable {
    package var name: String
    package var title: String?
    package var description: String?
    package var isRequired: Bool
    /// Values to suggest.
    package var suggestions: [String]

    package init(
      name: String, title: String? = nil, description: String? = nil, isRequired: Bool = false,
      suggestions: [String] = []
    ) {
      self.name = name
      self.title = title
      self.description = description
      self.isRequired = isRequired
      self.suggestions = suggestions
    }
  }

  package var name: String
  package var title: String?
  package var description: String?
  package var arguments: [Argument]
  /// MCP's list of icons.
  package var icons: JSONValue?

  package init(
    name: String, title: String? = nil, description: String? = nil, arguments: [Argument] = [],
    icons: JSONValue? = nil
  ) {
    self.name = name
    self.title = title
    self.description = description
    self.arguments = arguments
    self.icons = icons
  }

  func write(to writer: inout JSONWriter, for revision: Revision) {
    writer.beginObject()
    writer.field("name", name)
    if let title, revision.hasTitles { writer.field("title", title) }
    if let description { writer.field("description", description) }
    if let icons, revision.hasIcons { writer.field("icons", icons) }
    if !arguments.isEmpty {
      writer.key("arguments")
      writer.beginArray()
      for argument in arguments { argument.write(to: &writer, for: revision) }
      writer.endArray()
    }
    writer.endObject()
  }
}

extension Prompt.Argument {
  fileprivate func write(to writer: inout JSONWriter, for revision: Revision) {
    writer.beginObject()
    writer.field("name", name)
    if let title, revision.hasTitles { writer.field("title", title) }
    if let description { writer.field("description", description) }
    writer.field("required", isRequired)
    writer.endObject()
  }
}

/// One turn of a prompt.
package struct PromptMessage: Sendable {
  package enum Role: String, Sendable {
    case user, assistant
  }
  package var role: Role
  package var content: ContentBlock

  package init(role: Role, content: ContentBlock) {
    self.role = role
    self.content = content
  }

  package init(role: Role, text: String) {
    self.role = role
    content = ContentBlock(text: text)
  }
}

/// Where prompts come from.
package protocol PromptSource: Sendable {
  /// Sorted by name.
  func prompts(for principal: Principal) -> [Prompt]

  /// - Parameters:
  ///   - name: of one of `prompts`.
  ///   - arguments: every required one is there, and none that the prompt does not have.
  func messages(of name: String, arguments: [String: String], for principal: Principal) -> [PromptMessage]
}
