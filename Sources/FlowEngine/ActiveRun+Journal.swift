import JSONCodec
import Storage
import Telemetry
import ToolContracts

// What a run writes down of itself; its calls are written down by the pipeline.
extension ActiveRun {
  func journalStart() async -> Bool {
    var data = JSONWriter(reserving: 128 + request.input.utf8.count)
    data.beginObject()
    data.field("name", request.flow)
    data.field("input", request.input)
    if !request.principal.user.isEmpty { data.field("user", request.principal.user) }
    if let turn = request.turn { data.fields(turn) }
    data.endObject()
    return await append([event(.runStarted, data: data.bytes)], .durable)
  }

  /// Written with the next durable event, which is the intent of what follows from them.
  ///
  /// - Returns: whether any of it is new to the journal.
  mutating func journal(_ transition: FlowTransition) async throws(ReplayDivergence) -> Bool {
    var news: [JournalEvent] = []
    for record in transition.records where !(try isRecorded(record)) {
      news.append(
        event(record.kind, turn: record.turn, agent: record.agent, step: record.step, data: record.data))
    }
    if !news.isEmpty { _ = await append(news, .trace) }
    return history?.isBehind != true
  }

  private mutating func isRecorded(_ record: FlowRecord) throws(ReplayDivergence) -> Bool {
    guard var history else { return false }
    defer { self.history = history }
    return try history.goOn(to: record)
  }

  mutating func journalDoubt(of step: ToolCallStep) async {
    guard history?.doubts[step.step] == nil else { return }
    var data = JSONWriter()
    data.beginObject()
    data.field("tool", step.tool.description)
    data.field("status", "in_doubt")
    data.endObject()
    let doubt = event(.toolFinished, turn: step.turn, agent: step.agent, step: step.step, data: data.bytes)
    history?.add(doubt)
    _ = await append([doubt], .durable)
  }

  func finish(_ outcome: FlowOutcome) async -> FlowOutcome {
    let end = event(
      outcome.endKind, turn: machine.run.turn, agent: outcome.agent, data: outcome.endData)
    guard await append([end], .durable) else {
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
