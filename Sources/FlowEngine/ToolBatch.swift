import ToolContracts

/// The calls of one turn, and what each is answered with. In the order in which the model made them.
struct ToolBatch: Sendable {
  struct Entry: Sendable {
    /// What the call comes to, once the model's words were understood.
    enum Work: Sendable {
      case tool(ToolCallStep)
      case delegation(HandoffCall)
      /// Answered without anything being done.
      case nothing
    }
    let call: ModelToolCall
    let step: UInt32
    var work = Work.nothing
    /// A person is being asked about it.
    var isAskedAbout = false
    /// A person has said yes.
    var isDecided = false
    /// Guardrails have said yes to its arguments.
    var isJudged = false
    /// Nil until the call is answered.
    var result: Result<[UInt8], InvocationFailure>?
  }
  struct PersonCall: Sendable {
    let entry: Int
    let reason: String
  }
  var entries: [Entry] = []
  /// The one that won. Its entry is answered when it is carried out.
  var handoff: HandoffCall?
  /// Instead of a handoff: its entry is answered when the person has.
  var person: PersonCall?
  /// A limit that this turn ran into; the run ends once every call is answered.
  var limit: String?

  /// The calls of tools that are still to be made, and where they stand.
  var openTools: [(entry: Int, step: ToolCallStep)] {
    entries.enumerated().compactMap { index, entry in
      if entry.result == nil, case .tool(let step) = entry.work { (index, step) } else { nil }
    }
  }

  var openDelegations: [HandoffCall] {
    entries.compactMap { entry in
      if entry.result == nil, case .delegation(let delegation) = entry.work { delegation } else { nil }
    }
  }

  /// Whatever has no result yet gets this one.
  mutating func answerRest(_ failure: InvocationFailure) {
    for index in entries.indices where entries[index].result == nil {
      entries[index].result = .failure(failure)
    }
  }
}

/// What an agent hands to another one, for good or to have its answer.
final class HandoffCall: Sendable {
  let definition: HandoffDefinition
  let payload: [UInt8]
  let step: UInt32
  /// Where its call stands in the batch.
  let entry: Int

  init(definition: HandoffDefinition, payload: [UInt8], step: UInt32, entry: Int) {
    self.definition = definition
    self.payload = payload
    self.step = step
    self.entry = entry
  }
}

/// Counts how often the same call failed in the same way, one after the other.
struct RepeatedFailure: Sendable {
  private struct Key: Equatable {
    let name: String
    let arguments: String
    let code: InvocationFailure.Code
  }
  private var key: Key?
  private(set) var count = 0

  mutating func note(_ call: ModelToolCall, _ result: Result<[UInt8], InvocationFailure>) {
    guard case .failure(let failure) = result else {
      self = RepeatedFailure()
      return
    }
    let key = Key(name: call.name, arguments: call.arguments, code: failure.code)
    count = key == self.key ? count + 1 : 1
    self.key = key
  }
}
