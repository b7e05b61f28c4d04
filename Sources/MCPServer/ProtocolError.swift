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

  static func methodNotFound(_ method: String) -> ProtocolError {
    ProtocolError(.methodNotFound, "there is no method \(method)")
  }
}

extension ErrorCode {
  static let unsupportedProtocolVersion = ErrorCode(rawValue: -32022)
}
