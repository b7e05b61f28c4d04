import JSONCodec
package import MCPServer
package import ToolContracts

/// A handful of resources that never change.
package struct FixtureResources: ResourceSource {
  package init() {}

  package var tellsUpdates: Bool { true }

  package var templates: [Resource] {
    [
      Resource(
        uri: "test://template/{id}/data", name: "Template", title: "A template", description: "Data by id.",
        mimeType: "application/json")
    ]
  }

  package func resources(for principal: Principal) async throws(InvocationFailure) -> [Resource] {
    ["static-binary", "static-text", "watched-resource"].map { name in
      Resource(
        uri: "test://\(name)", name: name, title: "The \(name)", description: "A fixture.",
        mimeType: name == "static-binary" ? "image/png" : "text/plain")
    }
  }

  package func read(
    _ uri: String, for principal: Principal
  ) async throws(InvocationFailure) -> ResourceContents? {
    switch uri {
    case "test://static-text":
      return ResourceContents(
        uri: uri, mimeType: "text/plain", body: .text("This is the content of the static text resource."))
    case "test://static-binary":
      return ResourceContents(uri: uri, mimeType: "image/png", body: .base64("iVBORw0KGgo="))
    case "test://watched-resource":
      return ResourceContents(uri: uri, mimeType: "text/plain", body: .text("Watched resource content"))
    case "test://broken":
      throw InvocationFailure(.internal, "the resource cannot be read", detail: "it is meant to fail")
    default: break
    }
    let parts = uri.split(separator: "/", omittingEmptySubsequences: true)
    guard parts.count == 4, parts[0] == "test:", parts[1] == "template", parts[3] == "data" else {
      return nil
    }
    return ResourceContents(
      uri: uri, mimeType: "application/json",
      body: .text(#"{"id":"\#(parts[2])","templateTest":true,"data":"Data for ID: \#(parts[2])"}"#))
  }

  package func completions(
    of variable: String, in template: String, prefix: String, for principal: Principal
  ) async throws(InvocationFailure) -> [String] {
    (0..<250).map { "id-\($0)" }.filter { $0.hasPrefix(prefix) }
  }
}

package enum FixturePrompts {
  package static let all = PromptTemplates([
    PromptTemplates.Template(
      Prompt(name: "test_simple_prompt", title: "Simple", description: "A simple prompt."),
      messages: [(.user, "This is a simple prompt for testing.")]),
    PromptTemplates.Template(
      Prompt(
        name: "test_prompt_with_embedded_resource", description: "Embeds a resource.",
        arguments: [Prompt.Argument(name: "resourceUri", description: "Where it is", isRequired: true)]),
      messages: [
        (
          .user,
          .block([
            "type": "resource",
            "resource": [
              "uri": "test://embedded", "mimeType": "text/plain", "text": "Embedded for {{resourceUri}}.",
            ],
          ])
        ), (.user, "Please process the embedded resource above."),
      ]),
    PromptTemplates.Template(
      Prompt(name: "test_prompt_with_image", description: "Shows a picture."),
      messages: [
        (.user, .block(["type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"])),
        (.user, "Please analyze the image above."),
      ]),
    PromptTemplates.Template(
      Prompt(
        name: "test_prompt_with_arguments", description: "Has blanks.",
        arguments: [
          Prompt.Argument(
            name: "arg1", title: "First", description: "First test argument", isRequired: true,
            suggestions: ["paris", "park", "party"]),
          Prompt.Argument(name: "arg2", description: "Second test argument", isRequired: true),
          Prompt.Argument(name: "arg3"),
        ]),
      messages: [
        (.user, "Prompt with arguments: arg1='{{arg1}}', arg2='{{arg2}}'"), (.assistant, "{{arg3}}."),
      ]),
  ])
}
