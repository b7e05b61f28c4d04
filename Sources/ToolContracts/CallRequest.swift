/// Where in a run a call stands; for its journal.
package struct RunPosition: Sendable, Hashable {
  package var turn: UInt32
  package var agent: String

  package init(turn: UInt32 = 0, agent: String = "") {
    self.turn = turn
    self.agent = agent
  }
}

/// Told of what a running call sends before its result. From any thread, one call at a time per running call; must not
/// block.
package protocol CallObserver: Sendable {
  func received(_ event: CallEvent, from call: CallID)
  func progressed(_ progress: CallProgress, of call: CallID)
}

/// One question to the invocation pipeline. Immutable, and passed from stage to stage by reference.
package final class CallRequest: Sendable {
  package let tool: ToolName
  /// JSON text; not yet checked.
  package let arguments: [UInt8]
  package let principal: Principal
  package let call: CallID
  /// 1 for the first try; a higher one repeats a call that a crash interrupted, under the same id.
  package let attempt: UInt32
  package let position: RunPosition
  /// May only shorten what the tenant's policy allows.
  package let timeoutNanoseconds: Int64?
  package let cancellation: Cancellation?
  package let observer: (any CallObserver)?
  /// Whom the call may ask; nil: nobody is there.
  package let asker: (any InquiryPort)?

  package init(
    tool: ToolName, arguments: [UInt8], principal: Principal, call: CallID, attempt: UInt32 = 1,
    position: RunPosition = RunPosition(), timeoutNanoseconds: Int64? = nil,
    cancellation: Cancellation? = nil, observer: (any CallObserver)? = nil,
    asker: (any InquiryPort)? = nil
  ) {
    self.tool = tool
    self.arguments = arguments
    self.principal = principal
    self.call = call
    self.attempt = attempt
    self.position = position
    self.timeoutNanoseconds = timeoutNanoseconds
    self.cancellation = cancellation
    self.observer = observer
    self.asker = asker
  }
}
