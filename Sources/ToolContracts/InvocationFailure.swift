package import JSONCodec

/// Why a call has no result, told twice: to whoever asked, and to the operator.
package struct InvocationFailure: Error, Sendable, Equatable {
  /// Stable across releases: agents, dashboards and tests branch on it. A value that was removed is never used again.
  package enum Code: String, Sendable, CaseIterable {
    case toolNotFound = "tool_not_found"
    case invalidJSON = "invalid_json"
    case schemaViolation = "schema_violation"
    case denied
    case rateLimited = "rate_limited"
    /// What would run it is not there at the moment; nothing was begun.
    case unavailable
    /// What model calls may use is used up.
    case budgetExhausted = "budget_exhausted"
    case timedOut = "timed_out"
    case cancelled
    case pluginCrashed = "plugin_crashed"
    case toolFailed = "tool_failed"
    case invalidResult = "invalid_result"
    case resultTooLarge = "result_too_large"
    case handoffInvalid = "handoff_invalid"
    /// A person must say yes first.
    case approvalRequired = "approval_required"
    /// A person said yes too long ago, or to something else, or nobody answered in time.
    case approvalExpired = "approval_expired"
    case `internal`
  }

  /// One reference: every function that waits for an outcome has room for a failure, and failures are rare.
  private indirect enum Content: Sendable, Equatable {
    case fields(Fields)
  }
  private struct Fields: Sendable, Equatable {
    var code: Code
    var message: String
    var detail: String?
    var pointer: JSONPointer?
    var retryAfterMilliseconds: Int64?
    var effectUnknown: Bool
    var provider: ProviderFailure?
    var trouble: ProviderFailure.Kind?
    var isUnrecorded = false
  }
  private var content: Content
  private var fields: Fields {
    get {
      switch content {
      case .fields(let fields): fields
      }
    }
    set { content = .fields(newValue) }
  }

  package init(
    _ code: Code, _ message: String, detail: String? = nil, pointer: JSONPointer? = nil,
    retryAfterMilliseconds: Int64? = nil, effectUnknown: Bool = false
  ) {
    content = .fields(
      Fields(
        code: code, message: message, detail: detail, pointer: pointer,
        retryAfterMilliseconds: retryAfterMilliseconds, effectUnknown: effectUnknown))
  }

  package var code: Code {
    get { fields.code }
    set { fields.code = newValue }
  }
  /// Shown to the agent, and so possibly to a model and its user: no paths, hosts or names of tenants.
  package var message: String {
    get { fields.message }
    set { fields.message = newValue }
  }
  /// For the journal and the log alone.
  package var detail: String? {
    get { fields.detail }
    set { fields.detail = newValue }
  }
  /// Where in the arguments the fault lies.
  package var pointer: JSONPointer? {
    get { fields.pointer }
    set { fields.pointer = newValue }
  }
  /// After how long the same call may succeed; rounded up, so that who waits this long is not refused again.
  package var retryAfterMilliseconds: Int64? {
    get { fields.retryAfterMilliseconds }
    set { fields.retryAfterMilliseconds = newValue }
  }
  /// Whether the call may have had its effect although it has no result.
  package var effectUnknown: Bool {
    get { fields.effectUnknown }
    set { fields.effectUnknown = newValue }
  }
  /// What a provider said about why it has no answer; nil for other functions, and where it said nothing but a message.
  package var provider: ProviderFailure? {
    get { fields.provider }
    set { fields.provider = newValue }
  }
  /// What is the matter with a model, as far as it can be told; nil for other functions.
  package var trouble: ProviderFailure.Kind? {
    get { fields.trouble }
    set { fields.trouble = newValue }
  }
  /// The journal lacks the outcome of the call. A run cannot go on over that: nobody could tell later what it went on from.
  package var isUnrecorded: Bool {
    get { fields.isUnrecorded }
    set { fields.isUnrecorded = newValue }
  }

  /// What the asker may see, as one JSON object: `{"code":…,"message":…,"pointer"?:…,"retry_after_ms"?:…}`.
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("code", code.rawValue)
    writer.field("message", message)
    if let pointer { writer.field("pointer", pointer.description) }
    if let retryAfterMilliseconds { writer.field("retry_after_ms", retryAfterMilliseconds) }
    if effectUnknown { writer.field("effect_unknown", true) }
    writer.endObject()
  }
}

extension InvocationFailure {
  /// For `retryAfterMilliseconds`, rounded up: whoever comes back then has waited long enough, and not a millisecond more.
  package static func milliseconds(ofNanoseconds wait: Int64) -> Int64 {
    wait / 1_000_000 + (wait % 1_000_000 > 0 ? 1 : 0)
  }
}
