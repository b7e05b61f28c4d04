import ToolContracts

/// The calls of one turn, and what each is answered with. In the order in which the model made them.
struct ToolBatch: Sendable {
  struct Entry: Sendable {
    let call: ModelToolCall
    /// Nil while the tool runs.
    var result: Result<[UInt8], InvocationFailure>?
  }
  struct Handoff: Sendable {
    let definition: HandoffDefinition
    let payload: [UInt8]
    let step: UInt32
    /// Where its call stands among the entries.
    let entry: Int
  }
  var entries: [Entry] = []
  var running: [ToolCallStep] = []
  /// The one that won. Its entry is answered when it is carried out.
  var handoff: Handoff?
  /// A limit that this turn ran into; the run ends once every call is answered.
  var limit: String?

  mutating func fillIn(_ results: [Result<[UInt8], InvocationFailure>]) {
    var next = results.makeIterator()
    for index in entries.indices where entries[index].result == nil {
      entries[index].result = next.next() ?? .failure(InvocationFailure(.internal, "the call has no result"))
    }
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
