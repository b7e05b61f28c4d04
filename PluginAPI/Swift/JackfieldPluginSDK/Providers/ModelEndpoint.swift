/// Where a provider's server is, and what every request to it says, as an operator configures it: a `base_url` and `headers`.
///
/// Holds no secret: a header that needs one names it, as `${secret:NAME}`, and the host puts it in.
public struct ModelEndpoint: Sendable {
  /// Without a slash at its end.
  public let address: String
  /// Those of the provider, then those of the operator by their names.
  public let headers: [(name: String, value: String)]

  /// - Parameters:
  ///   - baseURL: a plain `https` or `http` address; slashes at its end say nothing.
  ///   - headers: what the provider's servers want to be told.
  ///   - configured: what the operator wants them to be told besides.
  /// - Throws: for an address with a query or a fragment, or that is none.
  public init(
    _ baseURL: String, headers: [(name: String, value: String)] = [], configured: [String: String]? = nil
  ) throws(ConfigurationError) {
    guard baseURL.hasPrefix("https://") || baseURL.hasPrefix("http://"), !baseURL.contains("?"),
      !baseURL.contains("#")
    else { throw ConfigurationError("base_url must be a plain https or http address") }
    var address = baseURL
    while address.hasSuffix("/") { address.removeLast() }
    self.address = address
    self.headers =
      headers + (configured ?? [:]).sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
  }

  /// - Parameter path: as in `v1/messages`.
  public func url(_ path: String) -> String { "\(address)/\(path)" }
}
