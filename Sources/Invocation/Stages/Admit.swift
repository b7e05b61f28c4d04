import Admission
import ToolContracts
import ToolRegistry

/// A call that has its place. Whoever holds one owes `leave`, until the lanes take the call over.
struct AdmittedCall: Sendable {
  let request: CallRequest
  let enabled: EnabledFunction
  let deadline: Deadline
  let arguments: ValidArguments

  fileprivate init(_ approved: ApprovedCall) {
    request = approved.request
    enabled = approved.enabled
    deadline = approved.deadline
    arguments = approved.arguments
  }

  func leave() { enabled.gate.leave() }
}

extension InvocationPipeline {
  func admit(_ call: ApprovedCall, at start: MonotonicTime) async throws(InvocationFailure) -> AdmittedCall {
    if call.request.cancellation?.isCancelled == true { throw .cancelled }
    switch call.enabled.gate.enter(at: start) {
    case .admitted: return AdmittedCall(call)
    case .rateLimited(let wait): throw .rateLimited(call, retryAfterNanoseconds: wait)
    case .full: return try await admitFromQueue(call)
    }
  }

  private func admitFromQueue(_ call: ApprovedCall) async throws(InvocationFailure) -> AdmittedCall {
    guard try await waitForPlace(call) else {
      if call.request.cancellation?.isCancelled == true { throw .cancelled }
      throw InvocationFailure(
        .timedOut, "\(call.enabled.function.name) was still busy with other calls at the deadline",
        detail: "waited for one of \(call.enabled.limits.concurrency ?? 0) places")
    }
    switch call.enabled.gate.enterFromQueue(at: time.now()) {
    case .rateLimited(let wait): throw .rateLimited(call, retryAfterNanoseconds: wait)
    case .admitted, .full: return AdmittedCall(call)
    }
  }

  /// - Returns: false where the deadline or a cancellation came first.
  private func waitForPlace(_ call: ApprovedCall) async throws(InvocationFailure) -> Bool {
    let gate = call.enabled.gate
    let cancellation = call.request.cancellation
    var isTooLong = false
    var timer: Int?
    var handler: Int?
    let hasPlace = await withUnsafeContinuation { (continuation: UnsafeContinuation<Bool, Never>) in
      switch gate.lineUp(continuation) {
      case .placed: continuation.resume(returning: true)
      case .tooLong:
        isTooLong = true
        continuation.resume(returning: false)
      case .waiting(let ticket):
        timer = lanes.schedule(at: call.deadline) { gate.giveUp(ticket) }
        handler = cancellation?.addHandler { gate.giveUp(ticket) }
      }
    }
    if let timer { lanes.unschedule(timer) }
    if let handler { cancellation?.removeHandler(handler) }
    guard !isTooLong else {
      throw InvocationFailure(
        .rateLimited, "\(call.enabled.function.name) is busy; try again later",
        detail: "all places are taken and \(call.enabled.limits.maxWaiting) calls wait",
        retryAfterMilliseconds: 1000)
    }
    return hasPlace
  }
}

extension InvocationFailure {
  static let cancelled = InvocationFailure(.cancelled, "the call was cancelled")

  fileprivate static func rateLimited(_ call: ApprovedCall, retryAfterNanoseconds wait: Int64)
    -> InvocationFailure
  {
    let milliseconds = milliseconds(ofNanoseconds: wait)
    let rate = call.enabled.limits.rate
    return InvocationFailure(
      .rateLimited,
      "the limit of \(call.enabled.function.name) is used up; it can be called again in \(milliseconds) ms",
      detail: rate.map { "\($0.limit) per \($0.periodNanoseconds / 1_000_000) ms, burst \($0.burst)" },
      retryAfterMilliseconds: milliseconds)
  }
}
