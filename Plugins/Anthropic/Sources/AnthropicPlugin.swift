package import JackfieldPluginSDK

/// Models of Anthropic, over its Messages interface.
package struct AnthropicPlugin: Plugin {
  package static let id = "anthropic"
  package static let version = "1.0.0"
  package static let configurationSchema: Schema? = .derived(Configuration.self)
  package static let services = ["jf.http/1"]
  package static let secrets = ["ANTHROPIC_API_KEY"]
  package static let functions: [Function<AnthropicPlugin>] = [
    .chat { AnthropicChat(endpoint: $0.endpoint) },
    .models(asking: { try AnthropicModels.list($0.endpoint, $1) }),
  ]

  private let endpoint: Endpoint

  package init(_ opening: OpenContext) throws {
    endpoint = try Endpoint(opening.configuration(as: Configuration.self))
  }
}

/// What an operator says; README.md explains it.
package struct Configuration: Codable, Sendable {
  package var baseURL: String?
  package var version: String?
  package var headers: [String: String]?
  package var maxOutputTokens: Int?

  enum CodingKeys: String, CodingKey {
    case version, headers
    case baseURL = "base_url"
    case maxOutputTokens = "max_output_tokens"
  }
}

/// The server, and how it is spoken to.
struct Endpoint: Sendable {
  /// Where an agent says nothing: the interface wants a number.
  let maxOutputTokens: Int
  /// Whether the interface's version has temperature, top_p and top_k.
  let takesSampling: Bool
  private let server: ModelEndpoint

  init(_ source: Configuration) throws(ConfigurationError) {
    maxOutputTokens = source.maxOutputTokens ?? 8192
    guard maxOutputTokens > 0 else { throw ConfigurationError("max_output_tokens is at least 1") }
    let version = source.version ?? "2026-10-21"
    // Versions are dates; the one after this has no such settings any more.
    takesSampling = version <= "2023-06-01"
    server = try ModelEndpoint(
      source.baseURL ?? "https://api.anthropic.com",
      headers: [("x-api-key", "${secret:ANTHROPIC_API_KEY}"), ("anthropic-version", version)],
      configured: source.headers)
  }

  var headers: [(name: String, value: String)] { server.headers }
  func url(_ path: String) -> String { server.url("v1/\(path)") }
}
