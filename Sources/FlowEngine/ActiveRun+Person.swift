import JSONCodec
import Storage
import ToolContracts

// A run that is handed over to a person.
extension ActiveRun {
  /// The run waits from here on, whether or not its host stays.
  @inline(never)
  func handOver(_ request: PersonRequest) async -> Performance {
    let known = history?.person(at: request.step)
    if let given = known?.returned { return .done([.returned(given)]) }
    if isReplay || isCancelled { return .stopped }
    if known != nil { return .open(awaiting(request)) }
    let asked = stepRunner.event(
      .personRequested, turn: request.turn, agent: request.agent, step: request.step, data: request.data)
    let isRecorded = await stepRunner.append([asked], .durable)
    return .open(isRecorded ? awaiting(request) : unrecorded())
  }

  @inline(never)
  private func awaiting(_ request: PersonRequest) -> FlowOutcome { machine.awaiting(request) }
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
