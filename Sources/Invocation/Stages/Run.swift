import ToolContracts
import ToolRegistry

/// A call that its function has answered; what it answered is not yet checked.
struct ReturnedCall: Sendable {
  let enabled: EnabledFunction
  let payload: [UInt8]

  fileprivate init(_ intended: IntendedCall, payload: [UInt8]) {
    enabled = intended.enabled
    self.payload = payload
  }
}

extension InvocationPipeline {
  /// The lanes give the call's place back once the plugin is done with it: a function that goes on after its deadline
  /// goes on counting.
  func run(_ call: IntendedCall) async throws(InvocationFailure) -> ReturnedCall {
    let function = call.enabled.function
    let laneCall = LaneCall(
      backend: call.enabled.backend, function: function.index, mayPend: function.descriptor.mayPend,
      arguments: call.arguments.json, deadline: call.deadline,
      maxResultBytes: call.enabled.limits.maxResultBytes,
      info: CallInfo(
        tenant: call.enabled.tenant, call: call.request.call, attempt: call.request.attempt,
        user: call.request.principal.user, tool: function.name, effect: function.descriptor.effect,
        graceNanoseconds: call.enabled.limits.graceNanoseconds, position: call.request.position,
        authority: call.request.authority),
      observer: call.request.observer, asker: call.request.asker, gate: call.enabled.gate,
      lendsItsPlace: !function.descriptor.isSerial)
    switch await lanes.call(laneCall, cancellation: call.request.cancellation) {
    case .returned(.ok, let payload):
      return ReturnedCall(call, payload: payload)
    case .returned(let status, let payload):
      throw failure(status, payload, of: call)
    case .tooLarge(let byteCount):
      let limit = call.enabled.limits.maxResultBytes
      throw InvocationFailure(
        .resultTooLarge, "the result of \(function.name) has \(byteCount) bytes; \(limit) are allowed",
        effectUnknown: false)
    case .timedOut:
      throw InvocationFailure(
        .timedOut, "\(function.name) did not answer in time", detail: "deadline of the call",
        effectUnknown: function.descriptor.effect != .none)
    case .cancelled:
      var failure = call.request.cancellation?.reason ?? .cancelled
      failure.effectUnknown = function.descriptor.effect != .none
      throw failure
    }
  }

  private func failure(_ status: CallStatus, _ payload: [UInt8], of call: IntendedCall) -> InvocationFailure {
    let isOfTool = call.enabled.function.descriptor.kind == .tool
    guard !isOfTool, let said = ProviderFailure(payload: payload) else {
      var failure = failure(status, text: publicText(payload), of: call)
      if !isOfTool { failure.trouble = ProviderFailure.Kind(status) }
      return failure
    }
    var failure = failure(status, text: publicText(Array(said.message.utf8)), of: call)
    failure.provider = said
    failure.trouble = said.kind ?? ProviderFailure.Kind(status)
    if let wait = said.retryAfterMilliseconds { failure.retryAfterMilliseconds = wait }
    let more = [failure.detail, publicText(Array(said.summary.utf8))].compactMap(\.self)
    failure.detail = more.joined(separator: "; ")
    return failure
  }

  private func failure(_ status: CallStatus, text: String?, of call: IntendedCall) -> InvocationFailure {
    let name = call.enabled.function.name
    let mayHaveHappened = call.enabled.function.descriptor.effect != .none
    switch status {
    case .tool, .argument, .notFound, .unsupported, .limit:
      return InvocationFailure(.toolFailed, text ?? "\(name) failed")
    case .busy:
      return InvocationFailure(
        .rateLimited, text ?? "\(name) is busy; try again later", retryAfterMilliseconds: 1000)
    case .unavailable:
      return InvocationFailure(
        .unavailable, text ?? "\(name) is not there at the moment", retryAfterMilliseconds: 1000)
    case .crashed:
      return InvocationFailure(
        .pluginCrashed, "\(name) ended before it was done", detail: text, effectUnknown: mayHaveHappened)
    case .quarantined:
      return InvocationFailure(.denied, "\(name) is in quarantine", detail: text)
    case .io:
      // What it asked of something else may have been done, whether or not the answer came back.
      return InvocationFailure(
        .toolFailed, "\(name) failed", detail: "status \(status.rawValue)" + (text.map { ": \($0)" } ?? ""),
        effectUnknown: mayHaveHappened)
    case .denied:
      return InvocationFailure(.denied, "\(name) was refused", detail: text)
    // It stopped halfway, and does not say how far it had come.
    case .cancelled:
      return InvocationFailure(
        .cancelled, "\(name) stopped before it was done", detail: text, effectUnknown: mayHaveHappened)
    case .deadline:
      return InvocationFailure(
        .timedOut, "\(name) did not finish in time", detail: text, effectUnknown: mayHaveHappened)
    default:
      return InvocationFailure(
        .toolFailed, "\(name) failed", detail: "status \(status.rawValue)" + (text.map { ": \($0)" } ?? ""),
        effectUnknown: mayHaveHappened)
    }
  }

  /// A plugin's message, as far as it is one: UTF-8, without control characters, not endless.
  private func publicText(_ payload: [UInt8]) -> String? {
    guard !payload.isEmpty, let text = String(validating: payload.prefix(4096), as: UTF8.self) else {
      return nil
    }
    let printable = text.unicodeScalars.map { $0.value < 0x20 && $0 != "\n" && $0 != "\t" ? " " : $0 }
    return String(String.UnicodeScalarView(printable))
  }
}
