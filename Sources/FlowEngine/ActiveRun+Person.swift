import JSONCodec
import Storage
import ToolContracts

// A run that is handed over to a person.
extension ActiveRun {
  enum PersonProgress {
    case returned(PersonReturn)
    case waiting
    case stopped
    case unrecorded
  }

  /// The run waits from here on, whether or not its host stays.
  mutating func handOver(_ request: PersonRequest) async -> PersonProgress {
    let known = history?.person(at: request.step)
    if let given = known?.returned { return .returned(given) }
    if isReplay || self.request.cancellation.isCancelled { return .stopped }
    if known != nil { return .waiting }
    let asked = event(
      .personRequested, turn: request.turn, agent: request.agent, step: request.step, data: request.data)
    return await append([asked], .durable) ? .waiting : .unrecorded
  }
}

extension PersonRequest {
  fileprivate var data: [UInt8] {
    var data = JSONWriter(reserving: 128)
    data.beginObject()
    data.field("reason", reason.words)
    data.field("code", reason.code)
    if let draft { data.field("draft", draft) }
    data.endObject()
    return data.bytes
  }
}

extension FlowStateMachine {
  /// The run stays open until a person has given it back.
  func awaiting(_ request: PersonRequest) -> FlowOutcome {
    outcome(
      .awaitingPerson,
      InvocationFailure(.approvalRequired, "handed over to a person: \(request.reason.words)"))
  }
}
