/// Where in a run a call stands; for its journal.
package struct RunPosition: Sendable, Hashable {
  package var turn: UInt32
  package var agent: String

  package init(turn: UInt32 = 0, agent: String = "") {
    self.turn = turn
    self.agent = agent
  }
}

/// How far a call may reach through the calls that its function makes in turn. It only ever gets less.
package struct CallAuthority: Sendable, Equatable {
  /// The tools that may be called; nil: whatever the tenant has.
  package var tools: [NamePattern]?
  /// The tools whose calls led to this one, the first one first.
  package var ancestors: [ToolName]

  package init(tools: [NamePattern]? = nil, ancestors: [ToolName] = []) {
    self.tools = tools
    self.ancestors = ancestors
  }

  package func allows(_ tool: ToolName) -> Bool {
    tools?.contains { $0.matches(tool.description) } ?? true
  }
}

/// Told of what a running call sends before its result. From any thread, one call at a time per running call; must not
/// block.
package protocol CallObserver: Sendable {
  func received(_ event: CallEvent, from call: CallID)
  func progressed(_ progress: CallProgress, of call: CallID)
}

/// Makes calls: the invocation pipeline, as those see it that stand below it.
package protocol ToolCaller: Sendable {
  /// - Returns: the result as JSON. There is exactly one outcome, and it was journaled before this returns.
  func result(of request: CallRequest) async -> Result<[UInt8], InvocationFailure>
}

/// One question to the invocation pipeline. Immutable, and passed from stage to stage by reference.
package final class CallRequest: Sendable {
  package let tool: ToolName
  /// JSON text; not yet checked.
  package let arguments: [UInt8]
  /// Whether the tenant's repairs may change them; not where somebody has judged them as they are.
  package let mayRepair: Bool
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
  package let authority: CallAuthority

  package init(
    tool: ToolName, arguments: [UInt8], mayRepair: Bool = true, principal: Principal, call: CallID,
    attempt: UInt32 = 1,
    position: RunPosition = RunPosition(), timeoutNanoseconds: Int64? = nil,
    cancellation: Cancellation? = nil, observer: (any CallObserver)? = nil,
    asker: (any InquiryPort)? = nil, authority: CallAuthority = CallAuthority()
  ) {
    self.tool = tool
    self.arguments = arguments
    self.mayRepair = mayRepair
    self.principal = principal
    self.call = call
    self.attempt = attempt
    self.position = position
    self.timeoutNanoseconds = timeoutNanoseconds
    self.cancellation = cancellation
    self.observer = observer
    self.asker = asker
    self.authority = authority
  }
}
