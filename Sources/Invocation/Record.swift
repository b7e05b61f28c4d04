import JSONCodec
import JSONSchema
import ModelContracts
import Storage
import Telemetry
import ToolContracts
import ToolRegistry

/// What the journal will say of one call. Wraps all stages: it knows how far the call came.
final class CallRecord {
  let request: CallRequest
  let start: MonotonicTime
  var isIntended = false
  /// The provider's own name of the one that is asked; nil until it is known.
  var model: String?
  private var function: RegisteredFunction?

  init(request: CallRequest, start: MonotonicTime) {
    self.request = request
    self.start = start
  }

  func resolved(_ call: ResolvedCall) { function = call.function }

  private var isModelCall: Bool { function?.descriptor.kind == .chat }
  /// Made by the function of another call: it belongs to that one's step.
  private var isNested: Bool { !request.call.branch.isEmpty }

  /// The call is about to be made.
  @inline(never)
  func intent(_ arguments: ValidArguments, at time: Int64, timeout: Int64) -> JournalEvent {
    var data = JSONWriter(reserving: 256 + arguments.json.count)
    data.beginObject()
    writePath(to: &data)
    if let function { data.members(raw: function.journalMembers) }
    if isModelCall {
      // The messages of a request are the journal's own events; only what is new is written down.
      if let model { data.field("model", model) }
      data.field("request_bytes", request.arguments.count)
    } else {
      data.field("arguments", raw: arguments.json)
      if !arguments.repairs.isEmpty { writeRepairs(arguments.repairs, to: &data) }
    }
    if request.attempt > 1 { data.field("attempt", Int(request.attempt)) }
    data.field("timeout_us", timeout / 1000)
    data.endObject()
    return event(isNested ? .callStarted : isModelCall ? .modelRequested : .toolStarted, at: time, data)
  }

  /// The call came to its end: with a result, without one, or before it was made.
  @inline(never)
  func outcome(_ outcome: CallOutcome, at time: Int64, nanoseconds: Int64) -> JournalEvent {
    var data = JSONWriter(reserving: 256)
    data.beginObject()
    writePath(to: &data)
    switch outcome {
    case .success(let result):
      if let function { data.members(raw: function.journalSuccess) }
      data.field("result", raw: result.json)
      if let charge = result.charge { write(charge, to: &data) }
    case .failure(let failure):
      data.field("tool", request.tool.description)
      data.field("status", status(of: failure))
      data.key("error")
      failure.write(to: &data)
      if let detail = failure.detail { data.field("detail", detail) }
      if !isIntended { writeRefusedArguments(to: &data) }
      if isModelCall { writeModel(to: &data) }
    }
    data.field("duration_us", nanoseconds / 1000)
    data.endObject()
    return event(outcomeKind, at: time, data)
  }

  private var outcomeKind: JournalEvent.Kind {
    if isNested { return isIntended ? .callFinished : .callRejected }
    if isModelCall { return .modelCompleted }
    return isIntended ? .toolFinished : .toolRejected
  }

  private func status(of failure: InvocationFailure) -> String {
    switch failure.code {
    case .timedOut: "timed_out"
    case .cancelled: "cancelled"
    default: isIntended ? "error" : "rejected"
    }
  }

  private func write(_ charge: ModelCharge, to data: inout JSONWriter) {
    data.field("model", charge.model)
    data.key("cost")
    if let cost = charge.cost { data.string(cost.description) } else { data.null() }
    if charge.cost != nil { data.field("currency", charge.currency) }
    if let saving = charge.saving {
      // There is no intent that would have it.
      data.field("request_bytes", request.arguments.count)
      data.field("cache", "hit")
      data.key("saved")
      if let cost = saving.cost { data.string(cost.description) } else { data.null() }
    }
    writeUser(to: &data)
  }

  /// What was asked for is not checked yet where the call was refused early.
  private func writeModel(to data: inout JSONWriter) {
    let asked = try? JSONDocument(parsing: request.arguments).root["model"]?.string
    guard let model = model ?? asked else { return }
    data.field("model", String(model.prefix(256)))
    writeUser(to: &data)
  }

  private func writeUser(to data: inout JSONWriter) {
    if !request.principal.user.isEmpty { data.field("user", request.principal.user) }
  }

  private func writePath(to data: inout JSONWriter) {
    if isNested { data.field("path", request.call.path) }
  }

  /// What was asked, and what was done to it.
  private func writeRepairs(_ repairs: [RepairStep], to data: inout JSONWriter) {
    data.field("asked", raw: request.arguments)
    data.key("repairs")
    data.beginArray()
    for repair in repairs {
      data.beginObject()
      data.field("kind", repair.kind.rawValue)
      data.field("pointer", repair.pointer.description)
      data.endObject()
    }
    data.endArray()
  }

  /// As text: they may be no JSON. Cut, since nothing has bounded them yet.
  private func writeRefusedArguments(to data: inout JSONWriter) {
    guard !isModelCall else { return }
    data.field("arguments_text", String(decoding: request.arguments.prefix(2048), as: UTF8.self))
  }

  private func event(_ kind: JournalEvent.Kind, at time: Int64, _ data: JSONWriter) -> JournalEvent {
    JournalEvent(
      time: time, tenant: request.principal.tenant, run: request.call.run, turn: request.position.turn,
      agent: request.position.agent, kind: kind, step: request.call.step, data: data.bytes)
  }
}

extension InvocationPipeline {
  /// The outcome is told only once it is safe: a caller who saw a result will find it in the journal.
  func finish(_ record: CallRecord, outcome: CallOutcome) async -> CallOutcome {
    let nanoseconds = record.start.nanoseconds(until: time.now())
    metrics.count(outcome, nanoseconds: nanoseconds)
    do {
      try await journal.append(
        [record.outcome(outcome, at: time.wallClock(), nanoseconds: nanoseconds)],
        record.request.isCommittedByCaller ? .trace : .durable)
      return outcome
    } catch {
      log.error("an outcome could not be recorded", ["call": "\(record.request.call)", "reason": "\(error)"])
      var failure = InvocationFailure(
        .internal, "the outcome of the call could not be recorded", detail: "\(error)",
        effectUnknown: record.isIntended)
      failure.isUnrecorded = true
      return .failure(failure)
    }
  }
}
