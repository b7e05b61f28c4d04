import JSONCodec
import JSONRPC

/// What a request says of itself beside its parameters.
struct RequestMeta: Sendable {
  /// Under which the client wants to hear how far the request has come; a string or an integer, as ids are.
  let progressToken: RequestID?
  /// From which level on the client wants to read messages about this request; nil: none.
  let threshold: MessageLevel?
  /// Nil for a request that relies on an earlier handshake.
  let revision: Revision?
  /// Of a request that names its revision.
  let capabilities: ClientCapabilities

  private static let prefix = "io.modelcontextprotocol/"
  private static let version = prefix + "protocolVersion"
  private static let capabilities = prefix + "clientCapabilities"
  private static let logLevel = prefix + "logLevel"
  private static let statelessKeys = [version, capabilities, logLevel, prefix + "clientInfo"]
  static let serverInfo = prefix + "serverInfo"
  static let subscriptionID = prefix + "subscriptionId"

  init(of params: JSONView?) throws(ProtocolError) {
    guard let meta = params?["_meta"] else {
      (progressToken, threshold, revision, capabilities) = (nil, nil, nil, ClientCapabilities())
      return
    }
    guard meta.kind == .object else { throw .invalidParams("_meta must be an object") }
    progressToken = try Self.token(in: meta)
    revision = try Self.revision(in: meta)
    capabilities = revision == nil ? ClientCapabilities() : ClientCapabilities(meta[Self.capabilities])
    threshold = try meta[Self.logLevel].map { (view) throws(ProtocolError) in try MessageLevel(view) }
  }

  private static func token(in meta: JSONView) throws(ProtocolError) -> RequestID? {
    guard let view = meta["progressToken"] else { return nil }
    guard let token = RequestID(view) else {
      throw .invalidParams("_meta.progressToken must be a string or an integer")
    }
    return token
  }

  private static func revision(in meta: JSONView) throws(ProtocolError) -> Revision? {
    guard statelessKeys.contains(where: { meta[$0] != nil }) else { return nil }
    guard let version = meta[version]?.string else {
      throw .invalidParams("_meta must have \(Self.version), a string")
    }
    guard let revision = Revision(rawValue: version), revision.isStateless else {
      throw .unsupportedVersion(version)
    }
    guard meta[capabilities]?.kind == .object else {
      throw .invalidParams("_meta must have \(capabilities), an object")
    }
    return revision
  }
}

extension MessageLevel {
  init(_ view: JSONView?) throws(ProtocolError) {
    guard let level = view?.string.flatMap(MessageLevel.init) else {
      let known = MessageLevel.allCases.map(\.rawValue).joined(separator: ", ")
      throw .invalidParams("a log level is one of \(known)")
    }
    self = level
  }
}

extension ProtocolError {
  fileprivate static func unsupportedVersion(_ requested: String) -> ProtocolError {
    ProtocolError(
      .unsupportedProtocolVersion, "this server does not speak this protocol version without a handshake",
      data: ["supported": supportedVersions, "requested": .string(requested)])
  }

  static var supportedVersions: JSONValue { .array(Revision.stateless.map { .string($0.rawValue) }) }
}
