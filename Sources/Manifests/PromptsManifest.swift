/// Prompts that tenants can turn on.
package struct PromptsManifest: Sendable {
  package let file: String
  /// In the order of the file.
  package let prompts: [PromptManifest]
}

package struct PromptManifest: Sendable {
  package let name: String
  package let location: SourceLocation
  package let title: String?
  package let description: String?
  package let icons: [Icon]
  /// In the order of the file.
  package let arguments: [Argument]
  package let messages: [Message]

  package struct Icon: Sendable, Equatable {
    package let source: String
    package let mimeType: String?
    package let sizes: [String]
    package let theme: String?
  }

  package struct Argument: Sendable {
    package let name: String
    package let title: String?
    package let description: String?
    package let isRequired: Bool
    /// Suggestions.
    package let values: [String]
  }

  package struct Message: Sendable {
    package enum Role: String, Sendable {
      case user, assistant
    }
    package enum Content: Sendable, Equatable {
      /// With `{{name}}` where what was filled in goes.
      case text(String)
      case image([UInt8], mimeType: String)
      case resource(uri: String, mimeType: String?, text: String)
    }
    package let role: Role
    package let content: Content
  }
}
