package import JackfieldPluginSDK

/// Models of OpenAI, and of every server that speaks as OpenAI's does: Chat Completions or Responses, and embeddings.
package struct OpenAIPlugin: Plugin {
  package static let id = "openai"
  package static let version = "1.0.0"
  package static let configurationSchema: Schema? = .derived(Configuration.self)
  package static let services = ["jf.http/1"]
  package static let secrets = Preset.allCases.compactMap(\.secret) + ["API_KEY"]
  package static let optionalSecrets = secrets
  package static let functions: [Function<OpenAIPlugin>] = [
    .chat { OpenAIChat(endpoints: $0.endpoints) },
    .embed { OpenAIEmbeddings(endpoints: $0.endpoints) },
    .models(asking: { try OpenAIModels.list($0.endpoints, $1) }),
  ]

  private let endpoints: Endpoints

  package init(_ opening: OpenContext) throws {
    endpoints = try Endpoints(opening.configuration(as: Configuration.self))
  }
}
