import Storage
import ToolContracts
import ToolRegistry

/// A call that the journal knows of: after a crash it is found, and what its effect allows is done.
struct IntendedCall: Sendable {
  let request: CallRequest
  let enabled: EnabledFunction
  let deadline: Deadline
  let arguments: ValidArguments

  fileprivate init(_ funded: FundedCall) {
    request = funded.request
    enabled = funded.enabled
    deadline = funded.deadline
    arguments = funded.arguments
  }
}

extension InvocationPipeline {
  /// A function without effect may run again after a crash, so its intent need not be safe on disk first.
  func journalIntent(
    of call: FundedCall, _ record: CallRecord
  ) async throws(InvocationFailure) -> IntendedCall {
    let durability: Durability = call.enabled.function.descriptor.effect == .none ? .trace : .durable
    record.model = call.model
    let event = record.intent(
      call.arguments, at: time.wallClock(), timeout: record.start.nanoseconds(until: call.deadline))
    do {
      try await journal.append([event], durability)
    } catch {
      call.leave()
      throw InvocationFailure(
        .internal, "the call could not be recorded and was not made", detail: "\(error)")
    }
    record.isIntended = true
    return IntendedCall(call)
  }
}
