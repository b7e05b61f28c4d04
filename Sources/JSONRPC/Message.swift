package import JSONCodec

/// One line from a peer, understood as far as JSON-RPC goes.
package enum Message: Sendable {
  case request(Request)
  case notification(Notification)
  case response(Response)

  package struct Request: Sendable {
    package let id: RequestID
    package let method: String
    /// An object, where there is one.
    package let params: JSONView?
  }

  package struct Notification: Sendable {
    package let method: String
    package let params: JSONView?
  }

  /// The peer's answer to a request of ours.
  package struct Response: Sendable {
    /// Nil: to a request whose id the peer could not read.
    package let id: RequestID?
    package let outcome: Outcome

    package enum Outcome: Sendable {
      case result(JSONView)
      case error(JSONView)
    }
  }

  /// - Throws: what to answer to a line that is no message.
  package init(parsing line: [UInt8], limits: JSONLimits = .default) throws(Rejection) {
    let document: JSONDocument
    do {
      document = try JSONDocument(parsing: line, limits: limits)
    } catch {
      throw Rejection(error, of: line)
    }
    try self.init(document)
  }

  private init(_ document: JSONDocument) throws(Rejection) {
    let root = document.root
    guard root.kind == .object else {
      let reason = root.kind == .array ? "batches are not supported" : "a message is an object"
      throw Rejection(.invalidRequest, reason, id: nil)
    }
    let id = root["id"]
    let known = id.flatMap { RequestID($0) }
    if let error = document.duplicateKey { throw Rejection(.invalidRequest, error.message, id: known) }
    guard root["jsonrpc"]?.string == "2.0" else {
      throw Rejection(.invalidRequest, #"the member jsonrpc must be "2.0""#, id: known)
    }
    guard let method = root["method"] else {
      self = .response(try Response(root, id: known))
      return
    }
    guard let method = method.string else {
      throw Rejection(.invalidRequest, "the member method must be a string", id: known)
    }
    let params = root["params"]
    guard params == nil || params?.kind == .object else {
      throw Rejection(.invalidRequest, "the member params must be an object", id: known)
    }
    if id == nil {
      self = .notification(Notification(method: method, params: params))
    } else if let known {
      self = .request(Request(id: known, method: method, params: params))
    } else {
      throw Rejection(.invalidRequest, "the member id must be a string or an integer", id: nil)
    }
  }
}

extension Message.Response {
  fileprivate init(_ root: JSONView, id: RequestID?) throws(Rejection) {
    self.id = id
    switch (root["result"], root["error"]) {
    case (let result?, nil): outcome = .result(result)
    case (nil, let error?): outcome = .error(error)
    default: throw Rejection(.invalidRequest, "a message has a method, a result or an error", id: id)
    }
  }
}

/// Why a line is no message, and whom to tell.
package struct Rejection: Error, Sendable, Equatable {
  package let code: ErrorCode
  package let message: String
  /// Nil where it could not be read.
  package let id: RequestID?

  init(_ code: ErrorCode, _ message: String, id: RequestID?) {
    self.code = code
    self.message = message
    self.id = id
  }

  /// A text whose structure can be followed, but which has something in it that is not accepted, still shows its id: the
  /// peer then need not wait for an answer that never comes.
  fileprivate init(_ error: JSONError, of line: [UInt8]) {
    switch error.code {
    case .tooDeep, .tooLarge:
      self.init(.invalidRequest, error.message, id: TopLevelIDScanner.id(of: line))
    case .loneSurrogate, .invalidUTF8, .controlCharacter, .invalidEscape:
      self.init(.parseError, error.message, id: TopLevelIDScanner.id(of: line))
    default:
      self.init(.parseError, error.message, id: nil)
    }
  }

  /// For a line that was skipped because it is too long.
  package static func tooLong(id: RequestID?, maxBytes: Int) -> Rejection {
    Rejection(.invalidRequest, "a message may have at most \(maxBytes) bytes", id: id)
  }
}
