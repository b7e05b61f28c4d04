internal import JackfieldPluginSDK

/// A server, and how it is spoken to.
struct Endpoint: Sendable {
  let preset: Preset
  let api: API
  private let server: ModelEndpoint
  private let apiVersion: String?

  init(_ source: Configuration.Endpoint, named name: String) throws(ConfigurationError) {
    preset = source.preset ?? .openai
    api = source.api ?? .chatCompletions
    guard let base = source.baseURL ?? preset.baseURL else {
      throw ConfigurationError("endpoint \"\(name)\": give its base_url, as https://NAME.openai.azure.com")
    }
    apiVersion = source.apiVersion
    if apiVersion != nil {
      guard preset == .azure else { throw ConfigurationError("endpoint \"\(name)\": api_version is Azure's") }
      guard api == .chatCompletions else {
        throw ConfigurationError("endpoint \"\(name)\": Azure has responses without an api_version alone")
      }
    }
    let secret = source.secret ?? preset.secret
    if let secret, !OpenAIPlugin.secrets.contains(secret) {
      throw ConfigurationError(
        "endpoint \"\(name)\": the secret is one of \(OpenAIPlugin.secrets.joined(separator: ", "))")
    }
    var key: [(name: String, value: String)] = []
    if let secret {
      key = [
        preset == .azure
          ? ("api-key", "${secret:\(secret)}") : ("authorization", "Bearer ${secret:\(secret)}")
      ]
    }
    do {
      server = try ModelEndpoint(base, headers: key, configured: source.headers)
    } catch { throw ConfigurationError("endpoint \"\(name)\": \(error.message)") }
  }

  var headers: [(name: String, value: String)] { server.headers }

  private var address: String {
    guard preset == .azure, !server.address.hasSuffix("/openai/v1") else { return server.address }
    return server.url(apiVersion == nil ? "openai/v1" : "openai")
  }

  /// - Parameter path: as in "chat/completions".
  func url(_ path: String, model: String? = nil) -> String {
    guard let apiVersion else { return "\(address)/\(path)" }
    // Of Azure's older interface: a deployment has the place of a model.
    let deployment = model.map { "/deployments/\(Self.escaped($0))" } ?? ""
    return "\(address)\(deployment)/\(path)?api-version=\(Self.escaped(apiVersion))"
  }

  private static func escaped(_ text: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    let digits = Array("0123456789ABCDEF")
    return text.utf8.reduce(into: "") { escaped, byte in
      if plain.contains(byte) {
        escaped.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        escaped += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
  }
}

/// Every server of one tenant, by name.
struct Endpoints: Sendable {
  let named: [String: Endpoint]
  let `default`: String

  init(_ configuration: Configuration) throws(ConfigurationError) {
    let sources = configuration.endpoints ?? ["openai": Configuration.Endpoint()]
    var named: [String: Endpoint] = [:]
    for (name, source) in sources { named[name] = try Endpoint(source, named: name) }
    self.named = named
    guard let first = configuration.default ?? (sources.count == 1 ? sources.keys.first : nil),
      named[first] != nil
    else {
      throw ConfigurationError("say which of the endpoints is the default, or give one alone")
    }
    `default` = first
  }

  /// - Parameter name: a model's, or an endpoint's and a model's with "/" between them.
  func endpoint(of name: String) -> (endpoint: Endpoint, model: String) {
    if let slash = name.firstIndex(of: "/"), let endpoint = named[String(name[..<slash])] {
      return (endpoint, String(name[name.index(after: slash)...]))
    }
    // `init` has seen that it is there.
    return (named[`default`]!, name)
  }
}
