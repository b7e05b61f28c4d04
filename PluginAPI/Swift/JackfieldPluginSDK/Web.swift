internal import PluginABI

/// A request that the host makes. Of a header's value `${secret:NAME}` is replaced by the host.
public struct WebRequest: Sendable {
  public var method: String
  public var url: String
  public var headers: [(name: String, value: String)]
  public var body: [UInt8]
  /// How long the head of the answer may take; nil: as long as the call.
  public var responseTimeout: Duration?
  /// How long each next piece of its body may take; nil: as long as the call.
  public var idleTimeout: Duration?

  public init(
    _ method: String = "GET", _ url: String, headers: [(name: String, value: String)] = [],
    body: [UInt8] = [],
    responseTimeout: Duration? = nil, idleTimeout: Duration? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.responseTimeout = responseTimeout
    self.idleTimeout = idleTimeout
  }

  var head: String {
    var members: [String: JSONValue] = [
      "method": .string(method), "url": .string(url),
      "headers": .array(headers.map { .array([.string($0.name), .string($0.value)]) }),
    ]
    if let responseTimeout { members["response_timeout_ms"] = .integer(responseTimeout.wholeMilliseconds) }
    if let idleTimeout { members["idle_timeout_ms"] = .integer(idleTimeout.wholeMilliseconds) }
    return JSONValue.object(members).json
  }
}

/// The head of an answer, after redirects. A status of 400 or more is an answer like any other.
public struct WebResponse: Sendable, Decodable {
  public let status: Int
  public let url: String
  private let headers: [[String]]

  /// - Parameter name: In lower case.
  public func header(_ name: String) -> String? { headers.first { $0.first == name }?.last }
}

/// `jf.http/1`: requests to the servers that the operator allows. PluginAPI/SERVICES.md has the rules.
///
/// Blocks, at most until the deadline: for `Tool` and `ChatProvider`, not for what runs in Swift's thread pool. Throws
/// `ServiceError`, or `CallEnded` where nobody waits any more.
public struct Web: Sendable {
  private let service: HostService<jf_service_http>

  init?(_ context: CallContext) {
    guard let service = HostService(JF_SERVICE_HTTP, of: context, as: jf_service_http.self) else {
      return nil
    }
    self.service = service
  }

  /// Sends it; the answer is waited for later.
  public func begin(_ request: WebRequest) throws -> WebExchange {
    try begin(head: request.head, body: request.body)
  }

  /// - Parameter head: JSON, as PluginAPI/SERVICES.md has it.
  public func begin(head: String, body: [UInt8] = []) throws -> WebExchange {
    var exchange: UInt64 = 0
    try service.check(
      head.withBytes { head in
        body.withABIBytes { service.table.request?(service.host, service.call, head, $0, &exchange) }
      }, "the request could not be made")
    return WebExchange(service, exchange)
  }
}

/// One request and its answer. Ends when nobody has it any more, or with the call.
public final class WebExchange: Sendable {
  private let service: HostService<jf_service_http>
  private let number: UInt64

  init(_ service: HostService<jf_service_http>, _ number: UInt64) {
    self.service = service
    self.number = number
  }

  deinit { _ = service.table.close?(service.host, service.call, number) }

  /// Waits for the head of the answer.
  public func response() throws -> WebResponse {
    var head = jf_bytes()
    try service.check(
      service.table.response?(service.host, service.call, number, &head), "the server did not answer")
    return try JSONCoding.decode(WebResponse.self, from: head.string)
  }

  /// Waits for the next piece of the body; empty once it is whole.
  public func read(atMost capacity: Int = 65_536) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: max(1, capacity)) { buffer, count in
      var length: UInt32 = 0
      try service.check(
        service.table.read?(
          service.host, service.call, number, buffer.baseAddress, UInt32(clamping: buffer.count), &length),
        "the answer broke off")
      count = min(Int(length), buffer.count)
    }
  }

  /// The rest of the body.
  ///
  /// - Throws: `ServiceError` with `.limit` where it has more than `limit` bytes.
  public func body(atMost limit: Int) throws -> [UInt8] {
    var body: [UInt8] = []
    while true {
      let piece = try read()
      guard !piece.isEmpty else { return body }
      guard piece.count <= limit - body.count else {
        throw ServiceError(reason: .limit, message: "the answer is longer than expected")
      }
      body += piece
    }
  }
}

extension Duration {
  fileprivate var wholeMilliseconds: Int64 { max(1, wholeNanoseconds / 1_000_000) }
}
