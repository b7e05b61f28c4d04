/// Where in a run a call stands; for its journal.
package struct RunPosition: Sendable, Hashable {
  package var turn: UInt32
  package var agent: String
  /// That the run is a turn of; nil where it stands for itself.
  package var conversation: String?

  package init(turn: UInt32 = 0, agent: String = "", conversation: String? = nil) {
    self.turn = turn
    self.agent = agent
    self.conversation = conversation
  }
}

/// How far a call may reach through the calls that its function makes in turn. It only ever gets less.
package struct CallAuthority: Sendable, Equatable {
  /// A tool may be called where each of these lists has it; none: whatever the tenant has.
  private var lists: [[NamePattern]]
  /// The tools whose calls led to this one, the first one first.
  package private(set) var ancestors: [ToolName]
  /// What it may do at most: whoever made it is repeated after a crash as far as its own effect allows, and this with it.
  package private(set) var effect = Effect.nonIdempotent

  /// - Parameter tools: those that may be called; nil: whatever the tenant has.
  package init(tools: [NamePattern]? = nil, ancestors: [ToolName] = []) {
    lists = tools.map { [$0] } ?? []
    self.ancestors = ancestors
  }

  package func allows(_ tool: ToolName) -> Bool {
    lists.allSatisfy { list in list.contains { $0.matches(tool.description) } }
  }

  /// That of a call which the function of `tool` makes, and which may reach no more than `tools` either.
  ///
  /// - Parameter effect: that of the function.
  package func passed(
    on tool: ToolName?, effect: Effect = .nonIdempotent, within tools: [NamePattern]
  ) -> CallAuthority {
    var authority = self
    authority.lists.append(tools)
    if let tool { authority.ancestors.append(tool) }
    if self.effect.covers(effect) { authority.effect = effect }
    return authority
  }
}

/// A person's yes to one call.
package struct CallApproval: Sendable, Equatable {
  /// Of what was approved.
  package var digest: String
  /// Until when it holds: nanoseconds since 1970.
  package var expires: Int64

  package init(digest: String, expires: Int64) {
    self.digest = digest
    self.expires = expires
  }
}

/// That an answer which a model gave before to the same question will do.
package struct AnswerCaching: Sendable, Equatable {
  /// How long an answer is given again, in nanoseconds.
  package var lifetimeNanoseconds: Int64
  /// Whether to wait where the same question is being asked already.
  package var joins: Bool

  package init(lifetimeNanoseconds: Int64, joins: Bool = true) {
    self.lifetimeNanoseconds = lifetimeNanoseconds
    self.joins = joins
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
  package let approval: CallApproval?
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
  /// Of a model call; nil: its model is asked.
  package let caching: AnswerCaching?
  /// Whoever makes the call commits its outcome himself, before he does or tells anything because of it.
  package let isCommittedByCaller: Bool

  package init(
    tool: ToolName, arguments: [UInt8], mayRepair: Bool = true, approval: CallApproval? = nil,
    principal: Principal, call: CallID,
    attempt: UInt32 = 1,
    position: RunPosition = RunPosition(), timeoutNanoseconds: Int64? = nil,
    cancellation: Cancellation? = nil, observer: (any CallObserver)? = nil,
    asker: (any InquiryPort)? = nil, authority: CallAuthority = CallAuthority(),
    caching: AnswerCaching? = nil, isCommittedByCaller: Bool = false
  ) {
    self.tool = tool
    self.arguments = arguments
    self.mayRepair = mayRepair
    self.approval = approval
    self.principal = principal
    self.call = call
    self.attempt = attempt
    self.position = position
    self.timeoutNanoseconds = timeoutNanoseconds
    self.cancellation = cancellation
    self.observer = observer
    self.asker = asker
    self.authority = authority
    self.caching = caching
    self.isCommittedByCaller = isCommittedByCaller
  }
}
