import JSONCodec

/// Why a provider has no answer, as PluginAPI/PROVIDERS.md has it. A provider's word: what is done about it is the host's
/// business.
package struct ProviderFailure: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    case rateLimited = "rate_limited"
    case overloaded
    case quotaExhausted = "quota_exhausted"
    case credentials
    case forbidden
    case invalidRequest = "invalid_request"
    case modelNotFound = "model_not_found"
    case contextTooLong = "context_too_long"
    case contentFilter = "content_filter"
    case unreachable
    case incomplete
    case serverError = "server_error"
    case badAnswer = "bad_answer"
  }
  /// Nil for one that this host does not know: the status alone counts then.
  package var kind: Kind?
  /// For whoever asked.
  package var message: String
  /// The server's own words, for operators.
  package var detail: String?
  /// From when on the same request may be answered. Not capped.
  package var retryAfterMilliseconds: Int64?
  package var httpStatus: Int?
  package var requestID: String?

  /// - Parameter payload: what came with the status.
  /// - Returns: nil where it is a plain message.
  package init?(payload: [UInt8]) {
    guard payload.first == UInt8(ascii: "{"),
      let json = try? JSONDocument(parsing: payload, limits: .strict).root,
      let kind = json["kind"]?.string, let message = json["message"]?.string
    else { return nil }
    self.kind = Kind(rawValue: kind)
    self.message = message
    detail = json["detail"]?.string
    retryAfterMilliseconds = json["retryAfterMs"]?.int.flatMap { $0 >= 0 ? $0 : nil }
    httpStatus = json["httpStatus"]?.int.map { Int($0) }
    requestID = json["requestId"]?.string
  }

  /// For operators, on one line: "rate_limited, HTTP 429, request r1: the server's words".
  package var summary: String {
    let known = [kind?.rawValue, httpStatus.map { "HTTP \($0)" }, requestID.map { "request \($0)" }]
    return known.compactMap(\.self).joined(separator: ", ") + (detail.map { ": \($0)" } ?? "")
  }
}

extension ProviderFailure.Kind {
  /// What a status alone says: of a provider of the first form, or beside a kind that this host does not know.
  ///
  /// - Returns: nil for one that says nothing.
  package init?(_ status: CallStatus) {
    switch status {
    case .busy: self = .overloaded
    case .denied: self = .credentials
    case .argument: self = .invalidRequest
    case .io: self = .unreachable
    case .tool: self = .badAnswer
    default: return nil
    }
  }
}
