/// Requests of a provider to the server that has its models. Everything goes through `jf.http/1`: what a header says as
/// `${secret:NAME}` the host fills in.
///
/// Blocks, at most until the deadline of the call.
public struct ModelServer: Sendable {
  /// How a fault is named by this server; nil: by its status.
  public typealias FaultKind = @Sendable (ServerFault) -> ProviderFailure.Kind?

  /// Of an answer that is not a stream, and of all that is kept of one.
  public static let longestAnswer = 16 << 20
  /// Longer than any server is silent that still works.
  private static let idleTimeout: Duration = .seconds(120)

  private let web: Web
  private let timeouts: ChatRequest.Timeouts?
  private let faultKind: FaultKind

  /// - Throws: `ProviderFailure` with `.forbidden` where the operator grants no network.
  public init(
    _ context: CallContext, timeouts: ChatRequest.Timeouts? = nil, faultKind: @escaping FaultKind
  ) throws {
    guard let web = context.web else {
      throw ProviderFailure(
        .forbidden, ProviderFailure.Kind.forbidden.words, detail: "the tenant does not grant jf.http/1")
    }
    self.web = web
    self.timeouts = timeouts
    self.faultKind = faultKind
  }

  /// - Parameter body: JSON; nil: `GET`.
  /// - Throws: `ProviderFailure`, or `CallEnded`.
  public func ask(
    _ url: String, headers: [(name: String, value: String)], body: String? = nil, accept: String
  ) throws -> ServerAnswer {
    var headers = headers + [("accept", accept)]
    if body != nil { headers.append(("content-type", "application/json")) }
    let request = WebRequest(
      body == nil ? "GET" : "POST", url, headers: headers, body: Array((body ?? "").utf8),
      responseTimeout: timeouts?.responseMs.map { .milliseconds($0) },
      idleTimeout: timeouts?.idleMs.map { .milliseconds($0) } ?? Self.idleTimeout)
    let exchange: WebExchange
    let head: WebResponse
    do {
      exchange = try web.begin(request)
      head = try exchange.response()
    } catch let error as ServiceError {
      throw Self.failure(error, otherwise: .unreachable)
    }
    let answer = ServerAnswer(head, exchange, faultKind)
    guard (200..<300).contains(head.status) else { throw answer.fault() }
    return answer
  }

  static func failure(
    _ error: ServiceError, otherwise kind: ProviderFailure.Kind
  ) -> ProviderFailure {
    switch error.reason {
    case .denied:
      ProviderFailure(
        .forbidden, ProviderFailure.Kind.forbidden.words,
        detail: "the operator does not allow the request: its server, its secret or its address")
    case .argument:
      ProviderFailure(
        .invalidRequest, ProviderFailure.Kind.invalidRequest.words,
        detail: "the request is none: an address or a header of the configuration")
    case .limit:
      ProviderFailure(.badAnswer, ProviderFailure.Kind.badAnswer.words, detail: "longer than allowed")
    case .busy: ProviderFailure(.overloaded, "too many requests to models are under way")
    case .notFound, .conflict, .failed, .unknown, .unsupported:
      ProviderFailure(kind, kind.words, detail: error.message)
    }
  }
}

/// What a server answered, with a status that is no fault.
public final class ServerAnswer: Sendable {
  /// What is done once an event was read.
  public enum Step: Sendable {
    case goOn
    /// That was all: what follows is not waited for.
    case stop
  }

  private let head: WebResponse
  private let exchange: WebExchange
  private let faultKind: ModelServer.FaultKind

  init(_ head: WebResponse, _ exchange: WebExchange, _ faultKind: @escaping ModelServer.FaultKind) {
    self.head = head
    self.exchange = exchange
    self.faultKind = faultKind
  }

  private var contentType: String {
    let type = head.header("content-type") ?? ""
    return type.prefix { $0 != ";" && $0 != " " }.lowercased()
  }

  /// - Parameter name: in lower case.
  public func header(_ name: String) -> String? { head.header(name) }
  public var requestID: String? {
    header("x-request-id") ?? header("request-id") ?? header("apim-request-id")
  }
  public var isEventStream: Bool { contentType == "text/event-stream" }

  /// The body, which must be JSON.
  public func json() throws -> JSONValue {
    guard contentType.hasSuffix("json") else { throw badAnswer("content type \"\(contentType.prefix(64))\"") }
    guard let value = JSONValue(parsing: try text(atMost: ModelServer.longestAnswer)) else {
      throw badAnswer("the body is no JSON")
    }
    return value
  }

  /// Reads the stream until `take` has what it wants, or until the server ends it.
  public func events(_ take: (ServerSentEvent) throws -> Step) throws {
    guard isEventStream else { throw badAnswer("content type \"\(contentType.prefix(64))\"") }
    var reader = EventStreamReader()
    var left = ModelServer.longestAnswer
    while true {
      let piece = try read()
      if piece.isEmpty { return }
      left -= piece.count
      guard left >= 0 else { throw badAnswer("longer than any answer") }
      let events: [ServerSentEvent]
      do { events = try reader.events(in: piece) } catch {
        throw badAnswer("an event is longer than allowed")
      }
      for event in events where try take(event) == .stop { return }
    }
  }

  /// An error that stood in the answer.
  public func failure(_ body: JSONValue) -> ProviderFailure {
    let fault = ServerFault(body: body, requestID: requestID)
    return fault.failure(faultKind(fault))
  }

  public func badAnswer(_ detail: String) -> ProviderFailure {
    ProviderFailure(
      .badAnswer, ProviderFailure.Kind.badAnswer.words, detail: detail, httpStatus: head.status,
      requestID: requestID)
  }

  public func incomplete(_ detail: String) -> ProviderFailure {
    ProviderFailure(
      .incomplete, ProviderFailure.Kind.incomplete.words, detail: detail, requestID: requestID)
  }

  /// Why there is no answer, as the server told it in a body of at most 64 KiB.
  func fault() -> any Error {
    let text: String
    do { text = try self.text(atMost: 65_536) } catch let error as CallEnded { return error } catch {
      text = ""
    }
    let isJSON = contentType.hasSuffix("json")
    let fault = ServerFault(
      status: head.status, body: JSONValue(parsing: text) ?? .null,
      text: isJSON || contentType == "text/plain" ? text : "", retryAfter: RetryAfter.wait(head.header),
      requestID: requestID)
    return fault.failure(faultKind(fault))
  }

  private func read() throws -> [UInt8] {
    do { return try exchange.read() } catch let error as ServiceError {
      throw ModelServer.failure(error, otherwise: .incomplete)
    }
  }

  private func text(atMost limit: Int) throws -> String {
    do { return String(decoding: try exchange.body(atMost: limit), as: UTF8.self) } catch let error
      as ServiceError
    {
      throw ModelServer.failure(error, otherwise: .incomplete)
    }
  }
}
