internal import PluginABI

/// For whom an instance is opened, and what the host says about it.
///
/// Valid in any thread, for as long as the instance is.
public struct OpenContext: Sendable {
  /// The tenant that this instance belongs to.
  public let tenant: String
  let host: Host

  /// The operator's configuration for this tenant, which has passed the descriptor's `configSchema`; decoded from an
  /// empty object where the operator says nothing.
  ///
  /// - Throws: `ConfigurationError` with the place of the first value that does not fit.
  public func configuration<T: Decodable>(as type: T.Type) throws(ConfigurationError) -> T {
    do {
      guard let json = host.configuration() else { return try JSONCoding.decode(type, from: "{}") }
      return try JSONTape(parsing: json).decode(type)
    } catch {
      throw ConfigurationError("the configuration does not fit: \(JSONCoding.describe(error))")
    }
  }

  /// Writes one line to the host's log; cut at 16 KiB.
  public func log(_ level: LogLevel, _ message: String, fields: [String: JSONValue] = [:]) {
    host.log(level, message, fields: fields)
  }
}
