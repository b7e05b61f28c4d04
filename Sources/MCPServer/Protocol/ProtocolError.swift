import JSONCodec
import JSONRPC

/// Why a request has no result. What a tool did wrong is a result, not one of these.
struct ProtocolError: Error {
  let code: ErrorCode
  let message: String
  let data: JSONValue?

  init(_ code: ErrorCode, _ message: String, data: JSONValue? = nil) {
    self.code = code
    self.message = message
    self.data = data
  }

  static func invalidParams(_ message: String, data: JSONValue? = nil) -> ProtocolError {
    ProtocolError(.invalidParams, message, data: data)
  }

  static let idInUse = ProtocolError(.invalidRequest, "a request with this id is still open")

  static func notPart(_ method: Method, of revision: Revision) -> ProtocolError {
    ProtocolError(
      .methodNotFound, "\(method.rawValue) is not part of revision \(revision.rawValue)",
      data: ["supported": supportedVersions])
  }

  static func methodNotFound(_ method: String) -> ProtocolError {
    ProtocolError(.methodNotFound, "there is no method \(method)")
  }
}

extension ErrorCode {
  /// In the older revisions; the new one has invalid parameters for it.
  static let resourceNotFound = ErrorCode(rawValue: -32002)
  static let unsupportedProtocolVersion = ErrorCode(rawValue: -32022)
}
