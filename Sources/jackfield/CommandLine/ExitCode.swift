import ToolContracts

/// What scripts branch on. A promise: no value changes its meaning.
enum ExitCode: Int32 {
  case ok = 0
  case failed = 1
  case usage = 2
  /// A check, or the configuration, found errors.
  case findings = 3
  case notFound = 5
  /// By policy.
  case denied = 7
  /// Retry later.
  case limited = 75
  case timedOut = 124
  case interrupted = 130

  init(_ code: InvocationFailure.Code) {
    self =
      switch code {
      case .toolNotFound: .notFound
      case .denied, .approvalExpired: .denied
      case .rateLimited, .unavailable, .approvalRequired, .budgetExhausted: .limited
      case .timedOut: .timedOut
      case .cancelled: .interrupted
      case .invalidJSON, .schemaViolation, .pluginCrashed, .toolFailed, .invalidResult, .resultTooLarge,
        .handoffInvalid, .internal:
        .failed
      }
  }
}
