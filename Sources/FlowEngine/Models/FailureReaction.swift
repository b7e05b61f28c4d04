import ToolContracts

/// What may be done about a model call that failed.
enum FailureReaction: Sendable, Equatable {
  /// The same request may be answered later.
  case retry
  /// Not by this model; by another one, perhaps.
  case tryAnother
  /// By nobody: the request is at fault, or nobody is to be asked any more.
  case end
}

extension InvocationFailure {
  /// Of a model call. A model has no effect, so asking again is always safe; what is asked here is whether it makes sense.
  var reaction: FailureReaction {
    if isUnrecorded { return .end }
    if let trouble { return trouble.reaction }
    return switch code {
    case .rateLimited, .unavailable, .timedOut, .pluginCrashed: .retry
    case .toolFailed, .invalidResult: .tryAnother
    case .toolNotFound, .invalidJSON, .schemaViolation, .denied, .cancelled, .budgetExhausted,
      .resultTooLarge,
      .handoffInvalid, .approvalRequired, .approvalExpired, .internal:
      .end
    }
  }

  /// Whether it says something about the model's server, rather than about the request or us.
  var speaksAgainstModel: Bool {
    switch trouble {
    case .overloaded, .unreachable, .incomplete, .serverError, .badAnswer: true
    case .rateLimited, .quotaExhausted, .credentials, .forbidden, .invalidRequest, .modelNotFound,
      .contextTooLong,
      .contentFilter:
      false
    case nil: [.timedOut, .pluginCrashed, .invalidResult, .unavailable, .toolFailed].contains(code)
    }
  }
}

extension ProviderFailure.Kind {
  fileprivate var reaction: FailureReaction {
    switch self {
    case .rateLimited, .overloaded, .unreachable, .incomplete, .serverError: .retry
    case .quotaExhausted, .credentials, .forbidden, .modelNotFound, .contextTooLong, .badAnswer: .tryAnother
    case .invalidRequest, .contentFilter: .end
    }
  }
}
