import JSONCodec
import Storage
import Telemetry
import ToolContracts

// What a run writes down of itself; its calls are written down by the pipeline.
extension StepRunner {
  @inline(never)
  func journalStart() async -> Bool {
    var data = JSONWriter(reserving: 128 + request.input.utf8.count)
    data.beginObject()
    data.field("name", request.flow)
    data.field("input", request.input)
    if !request.principal.user.isEmpty { data.field("user", request.principal.user) }
    if let turn = request.turn { data.fields(turn) }
    request.choice?.write(to: &data)
    data.endObject()
    return await append([event(.runStarted, data: data.bytes)], .durable)
  }

  /// - Parameter last: records that lead to the end. They are written with it or not at all: why a run was stopped nobody
  ///   knows without its end, and who goes on with it decides otherwise.
  @inline(never)
  func finish(
    _ outcome: FlowOutcome, turn: UInt32, after last: [JournalEvent]
  ) async -> FlowOutcome {
    let end = event(
      outcome.endKind, turn: turn, agent: outcome.agent, data: outcome.endData)
    guard await append(last + [end], .durable) else {
      return FlowOutcome(
        status: .failed, text: outcome.text, agent: outcome.agent,
        failure: InvocationFailure(.internal, "the end of the run could not be recorded"))
    }
    return outcome
  }

  func event(
    _ kind: JournalEvent.Kind, turn: UInt32 = 0, agent: String = "", step: UInt32? = nil, data: [UInt8]
  ) -> JournalEvent {
    JournalEvent(
      time: runner.time.wallClock(), tenant: request.principal.tenant, run: request.run, turn: turn,
      agent: agent,
      kind: kind, step: step, data: data)
  }

  func append(_ events: [JournalEvent], _ durability: Durability) async -> Bool {
    if isReplay { return true }
    do {
      try await runner.journal.append(events, durability)
      return true
    } catch {
      // Somebody else goes on with it: here nothing more is begun.
      if error.code == .leaseLost { request.cancellation.cancel() }
      runner.log.error("a run could not be recorded", ["run": "\(request.run)", "reason": "\(error)"])
      return false
    }
  }
}

extension FlowOutcome {
  var endKind: JournalEvent.Kind { status == .failed ? .runFailed : .runFinished }

  /// The data of the event that ends the run.
  var endData: [UInt8] {
    var data = JSONWriter(reserving: 128 + text.utf8.count)
    data.beginObject()
    data.field("outcome", status.rawValue)
    data.field("text", text)
    if let failure {
      data.key("error")
      failure.write(to: &data)
      if let detail = failure.detail { data.field("detail", detail) }
    }
    if let resume {
      data.key("resume")
      resume.write(to: &data)
    }
    data.endObject()
    return data.bytes
  }
}
