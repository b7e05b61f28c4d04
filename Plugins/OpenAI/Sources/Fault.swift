internal import JackfieldPluginSDK

/// What servers of this kind call their faults.
enum Fault {
  static func kind(_ fault: ServerFault) -> ProviderFailure.Kind? {
    for name in fault.names {
      if let kind = kinds[name] { return kind }
    }
    let words = fault.message.lowercased()
    // Servers of open models have no name for it.
    if fault.status == 400 || fault.status == 0,
      ["context length", "context size", "context window", "maximum context"].contains(where: words.contains)
    {
      return .contextTooLong
    }
    if fault.status == 404, words.contains("model") { return .modelNotFound }
    return fault.status == 0 ? .serverError : nil
  }

  private static let kinds: [String: ProviderFailure.Kind] = [
    "insufficient_quota": .quotaExhausted, "billing_not_active": .quotaExhausted,
    "billing_hard_limit_reached": .quotaExhausted,
    "rate_limit_exceeded": .rateLimited, "rate_limit_error": .rateLimited, "tokens": .rateLimited,
    "requests": .rateLimited,
    "context_length_exceeded": .contextTooLong, "string_above_max_length": .contextTooLong,
    "exceed_context_size_error": .contextTooLong, "contextwindowexceedederror": .contextTooLong,
    "model_not_found": .modelNotFound, "deploymentnotfound": .modelNotFound,
    "invalid_api_key": .credentials, "authentication_error": .credentials,
    "content_filter": .contentFilter, "content_policy_violation": .contentFilter,
    "responsibleaipolicyviolation": .contentFilter, "invalid_prompt": .contentFilter,
    "server_error": .serverError, "internal_error": .serverError, "engine_overloaded": .overloaded,
    "overloaded_error": .overloaded, "server_is_overloaded": .overloaded, "slow_down": .overloaded,
  ]

  static func failure(_ fault: ServerFault) -> ProviderFailure { fault.failure(kind(fault)) }
}
