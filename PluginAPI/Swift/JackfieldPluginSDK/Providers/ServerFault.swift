/// What a server said instead of an answer: a status of 400 or more, or an error within a stream.
public struct ServerFault: Sendable, Equatable {
  /// 0 for one within a stream.
  public let status: Int
  /// The body, where it is JSON.
  public let body: JSONValue
  /// The server's words; empty where there are none.
  public let message: String
  /// The server's names of the fault, in lower case: `error.code`, `error.status`, `error.type`.
  public let names: [String]
  public let retryAfter: Duration?
  public let requestID: String?

  /// - Parameter body: as most servers have it: `{"error": {"message", "type", "code"}}`, and variations of it.
  public init(
    status: Int = 0, body: JSONValue, text: String = "", retryAfter: Duration? = nil, requestID: String? = nil
  ) {
    // Gemini's streams answer with a list of one.
    var body = body
    if case .array(let elements) = body, let first = elements.first { body = first }
    let error = body["error"] ?? body
    self.status = status
    self.body = body
    self.retryAfter = retryAfter ?? Self.retryDelay(error["details"])
    self.requestID = requestID
    switch error {
    case .string(let message): self.message = message
    default:
      if case .string(let message)? = error["message"] ?? body["message"] ?? body["detail"] {
        self.message = message
      } else {
        self.message = text
      }
    }
    names = ["code", "status", "type"].compactMap { key in
      if case .string(let name)? = error[key] { name.lowercased() } else { nil }
    }
  }

  /// As Google's servers say it: "34s" in one of the details.
  private static func retryDelay(_ details: JSONValue?) -> Duration? {
    for detail in details.elements {
      let delay = detail["retryDelay"].text
      if delay.hasSuffix("s") {
        return RetryAfter.wait { $0 == "retry-after" ? String(delay.dropLast()) : nil }
      }
    }
    return nil
  }

  /// - Parameter kind: nil: what follows from the status.
  public func failure(_ kind: ProviderFailure.Kind? = nil) -> ProviderFailure {
    let kind = kind ?? Self.kind(status)
    return ProviderFailure(
      kind, kind.words, detail: message.isEmpty ? nil : message, retryAfter: retryAfter,
      httpStatus: status == 0 ? nil : status, requestID: requestID)
  }

  private static func kind(_ status: Int) -> ProviderFailure.Kind {
    switch status {
    case 401: .credentials
    case 402: .quotaExhausted
    case 403: .forbidden
    case 425, 429: .rateLimited
    case 503, 529: .overloaded
    case 408, 500...: .serverError
    case 400..<500: .invalidRequest
    default: .serverError
    }
  }
}

extension ProviderFailure.Kind {
  /// For people, whoever they are.
  public var words: String {
    switch self {
    case .rateLimited: "the model's server takes no more requests at the moment"
    case .overloaded: "the model's server has too much to do"
    case .quotaExhausted: "what was paid for at the model's server is used up"
    case .credentials: "the model's server does not accept the key"
    case .forbidden: "the request to the model's server is not allowed"
    case .invalidRequest: "the model's server does not accept the request"
    case .modelNotFound: "the model's server has no such model"
    case .contextTooLong: "the conversation is longer than the model reads"
    case .contentFilter: "the question was withheld from the model by a content filter"
    case .unreachable: "the model's server cannot be reached"
    case .incomplete: "the model's answer broke off"
    case .serverError: "the model's server failed"
    case .badAnswer: "the model's server answered something that is no answer"
    }
  }
}
