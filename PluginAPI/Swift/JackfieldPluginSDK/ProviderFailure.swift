internal import PluginABI

/// Why a provider has no answer, told so that a host can decide what to do about it. PluginAPI/PROVIDERS.md says of each
/// kind whether the same request may be made again.
public struct ProviderFailure: Error, Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    /// Too many requests or tokens in a span of time.
    case rateLimited = "rate_limited"
    /// The server has too much to do.
    case overloaded
    /// What was paid for is used up.
    case quotaExhausted = "quota_exhausted"
    /// The key is missing or refused.
    case credentials
    /// The key may not do this, or the operator does not allow the request to be made.
    case forbidden
    case invalidRequest = "invalid_request"
    case modelNotFound = "model_not_found"
    /// The conversation has more tokens than the model reads.
    case contextTooLong = "context_too_long"
    /// What was asked was withheld from the model.
    case contentFilter = "content_filter"
    /// No answer began: no connection, no trust in the server, no head in time.
    case unreachable
    /// The answer began and did not end as answers do.
    case incomplete
    /// The server failed.
    case serverError = "server_error"
    /// The answer has no form that this provider knows.
    case badAnswer = "bad_answer"
  }

  public var kind: Kind
  /// For people, whoever they are: no host, key, account or tenant.
  public var message: String
  /// For operators: the server's own words, at most 2048 bytes.
  public var detail: String?
  /// When the same request may be answered, by the server's word.
  public var retryAfter: Duration?
  public var httpStatus: Int?
  /// The server's own name of the request, for its operators.
  public var requestID: String?

  public init(
    _ kind: Kind, _ message: String, detail: String? = nil, retryAfter: Duration? = nil,
    httpStatus: Int? = nil, requestID: String? = nil
  ) {
    self.kind = kind
    self.message = message
    self.detail = detail.map { String(decoding: $0.utf8.prefix(2048), as: UTF8.self) }
    self.retryAfter = retryAfter
    self.httpStatus = httpStatus
    self.requestID = requestID
  }

  var status: Int {
    switch kind {
    case .rateLimited, .overloaded: JF_E_BUSY
    case .quotaExhausted, .credentials, .forbidden: JF_E_DENIED
    case .invalidRequest, .modelNotFound, .contextTooLong: JF_E_ARGUMENT
    case .unreachable, .incomplete, .serverError: JF_E_IO
    case .contentFilter, .badAnswer: JF_E_TOOL
    }
  }

  /// What the host gets beside the status, by the form that it reads.
  func payload(form: Int) -> String {
    guard form >= 2 else { return message }
    var members: [(key: String, value: JSONDocument)] = [
      ("kind", .string(kind.rawValue)), ("message", .string(message)),
    ]
    if let detail { members.append(("detail", .string(detail))) }
    if let retryAfter { members.append(("retryAfterMs", .integer(retryAfter.milliseconds))) }
    if let httpStatus { members.append(("httpStatus", .integer(Int64(httpStatus)))) }
    if let requestID { members.append(("requestId", .string(requestID))) }
    return JSONDocument.object(members).text
  }
}

/// A failure as it goes to the host.
struct ReportedFailure: Error {
  let status: Int
  let payload: String

  /// - Parameter form: of the request.
  init(_ failure: ProviderFailure, form: Int) {
    status = failure.status
    payload = failure.payload(form: form)
  }
}

extension Duration {
  /// Rounded up: who waits this long does not come too early.
  fileprivate var milliseconds: Int64 {
    let nanoseconds = max(.zero, self).wholeNanoseconds
    return self <= .zero ? 0 : nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 == 0 ? 0 : 1)
  }
}
