import CCrypto
import JSONCodec
import MCPServer
import Manifests

extension PromptTemplates {
  /// The prompts that are on for a tenant.
  init(_ configuration: Configuration, _ tenant: TenantManifest) {
    self.init(tenant.prompts.compactMap { configuration.prompt($0.name) }.map(Template.init))
  }
}

extension PromptTemplates.Template {
  fileprivate init(_ manifest: PromptManifest) {
    self.init(
      Prompt(
        name: manifest.name, title: manifest.title, description: manifest.description,
        arguments: manifest.arguments.map { argument in
          Prompt.Argument(
            name: argument.name, title: argument.title, description: argument.description,
            isRequired: argument.isRequired, suggestions: argument.values)
        },
        icons: manifest.icons.isEmpty ? nil : .array(manifest.icons.map(\.json))),
      messages: manifest.messages.map { message in
        (message.role == .user ? .user : .assistant, PromptTemplates.Template.Content(message.content))
      })
  }
}

extension PromptTemplates.Template.Content {
  fileprivate init(_ content: PromptManifest.Message.Content) {
    switch content {
    case .text(let text): self = .text(text)
    case .image(let bytes, let mimeType):
      self = .block(["type": "image", "data": .string(base64(bytes)), "mimeType": .string(mimeType)])
    case .resource(let uri, let mimeType, let text):
      var resource: JSONObject = ["uri": .string(uri)]
      resource["mimeType"] = mimeType.map { .string($0) }
      resource["text"] = .string(text)
      self = .block(["type": "resource", "resource": .object(resource)])
    }
  }
}

extension PromptManifest.Icon {
  fileprivate var json: JSONValue {
    var object: JSONObject = ["src": .string(source)]
    object["mimeType"] = mimeType.map { .string($0) }
    if !sizes.isEmpty { object["sizes"] = .array(sizes.map { .string($0) }) }
    object["theme"] = theme.map { .string($0) }
    return .object(object)
  }
}

private func base64(_ bytes: [UInt8]) -> String {
  var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
  let count = EVP_EncodeBlock(&text, bytes, Int32(bytes.count))
  return String(decoding: text.prefix(Int(count)), as: UTF8.self)
}
