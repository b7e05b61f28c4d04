package import JackfieldPluginSDK

/// Models of Google, over the Gemini interface.
package struct GeminiPlugin: Plugin {
  package static let id = "gemini"
  package static let version = "1.0.0"
  package static let configurationSchema: Schema? = .derived(Configuration.self)
  package static let services = ["jf.http/1"]
  package static let secrets = ["GEMINI_API_KEY"]
  package static let functions: [Function<GeminiPlugin>] = [
    .chat { GeminiChat(endpoint: $0.endpoint) },
    .embed { GeminiEmbeddings(endpoint: $0.endpoint) },
    .models(asking: { try GeminiModels.list($0.endpoint, $1) }),
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

  enum CodingKeys: String, CodingKey {
    case version, headers
    case baseURL = "base_url"
  }
}

/// The server, and how it is spoken to.
struct Endpoint: Sendable {
  private let server: ModelEndpoint
  private let version: String

  init(_ source: Configuration) throws(ConfigurationError) {
    server = try ModelEndpoint(
      source.baseURL ?? "https://generativelanguage.googleapis.com",
      headers: [("x-goog-api-key", "${secret:GEMINI_API_KEY}")], configured: source.headers)
    version = source.version ?? "v1"
  }

  var headers: [(name: String, value: String)] { server.headers }
  var models: String { server.url("\(version)/models") }

  /// - Throws: for a name that would lead elsewhere.
  func url(of model: String, _ method: String) throws(ProviderError) -> String {
    server.url("\(version)/\(try Self.resource(model)):\(method)")
  }

  /// A model's name as the interface has it: `models/NAME`.
  static func resource(_ model: String) throws(ProviderError) -> String {
    let isPlain = model.unicodeScalars.allSatisfy { scalar in
      ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
        || "-_./".unicodeScalars.contains(scalar)
    }
    guard !model.isEmpty, isPlain, !model.contains(".."), !model.contains("//"), !model.hasPrefix("/") else {
      throw .invalidRequest("\"\(model.prefix(64))\" is no name of a model")
    }
    return model.contains("/") ? model : "models/\(model)"
  }
}

/// What the server calls its faults.
enum Fault {
  static func kind(_ fault: ServerFault) -> ProviderFailure.Kind? {
    let reasons = (fault.body["error"] ?? fault.body)["details"].elements.map { $0["reason"].text }
    if reasons.contains(where: { $0.hasPrefix("API_KEY_") }) { return .credentials }
    let words = fault.message.lowercased()
    if words.contains("api key not valid") { return .credentials }
    if words.contains("input token count"), words.contains("exceeds") { return .contextTooLong }
    for name in fault.names {
      if let kind = kinds[name] { return kind }
    }
    return fault.status == 0 ? .serverError : nil
  }

  private static let kinds: [String: ProviderFailure.Kind] = [
    "resource_exhausted": .rateLimited, "unavailable": .overloaded, "unauthenticated": .credentials,
    "permission_denied": .forbidden, "not_found": .modelNotFound, "internal": .serverError,
    "deadline_exceeded": .serverError, "invalid_argument": .invalidRequest, "failed_precondition": .forbidden,
  ]

  static func failure(_ fault: ServerFault) -> ProviderFailure { fault.failure(kind(fault)) }
}
