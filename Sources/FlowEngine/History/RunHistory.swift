import JSONCodec
package import Storage
import ToolContracts

/// What the journal says of one run, in the form in which the run asks for it again.
///
/// A run is gone through a second time by giving the state machine the answers that it got the first time. It must then
/// decide the same: each of its records is held against the journal's, and the first that differs ends the replay.
package struct RunHistory: Sendable {
  package let flow: String
  package let input: String
  package let user: String
  /// Nil for a run that is no turn of a conversation.
  package let turn: ConversationTurn?
  /// Nil: the models that the flow names.
  let choice: ModelChoice?
  /// What a person has yet to say what became of: step and tool.
  package private(set) var doubts: [UInt32: String] = [:]
  /// By step: what tools are called with in a fork, instead of what the model asked for.
  private let edits: [UInt32: [UInt8]]
  /// Set once the journal has the run's end.
  let end: JournalEvent?
  /// What the state machine recorded, in order.
  private let records: [JournalEvent]
  private var approvals = ApprovalHistory()
  private var persons: [UInt32: PersonHistory] = [:]
  private var position = 0
  private var intents: [UInt32: JournalEvent] = [:]
  private var outcomes: [UInt32: JournalEvent] = [:]
  /// By a model.
  private var answered: Set<UInt32> = []
  private var resolutions: [UInt32: JournalEvent] = [:]

  /// - Returns: nil for what is not a flow's run: nothing, or a call made outside of one.
  package init?(_ events: [JournalEvent]) {
    guard let first = events.first, first.kind == .runStarted, let start = first.json else { return nil }
    flow = start["name"]?.string ?? ""
    input = start["input"]?.string ?? ""
    user = start["user"]?.string ?? ""
    turn = ConversationTurn(start)
    choice = ModelChoice(start)
    edits = start.edits
    end = events.last { $0.kind == .runFinished || $0.kind == .runFailed }
    records = events.filter { $0.kind.isRecord }
    for event in events { note(event) }
  }

  /// What the run waits for once somebody has decided about `step`; nil: for nobody.
  func waits(afterDecidingOn step: UInt32) -> RunSummary.Status? {
    if doubts.keys.contains(where: { $0 != step }) { return .inDoubt }
    return pendingApprovals.contains { $0.step != step } ? .awaitingApproval : nil
  }

  /// What was found out while the run was gone through.
  mutating func add(_ event: JournalEvent) { note(event) }

  private mutating func note(_ event: JournalEvent) {
    approvals.note(event)
    guard let step = event.step else { return }
    switch event.kind {
    case .personRequested: persons[step] = PersonHistory(event)
    case .personTookOver, .personReturned: persons[step]?.note(event)
    case .toolStarted:
      intents[step] = event
      // What was found out was found out of the attempt before.
      resolutions[step] = nil
    case .modelRequested, .modelRetried, .modelCompleted: noteAttempt(event, of: step)
    case .toolFinished where event.json?["status"]?.string == "in_doubt":
      doubts[step] = event.json?["tool"]?.string ?? ""
    case .toolFinished, .toolRejected: outcomes[step] = event
    case .toolResolved:
      resolutions[step] = event
      doubts[step] = nil
    default: break
    }
  }

  /// A model may be asked several times for one step. The last failure that nothing followed is the outcome, and any answer is,
  /// whatever became of a second request that was sent at the same time.
  private mutating func noteAttempt(_ event: JournalEvent, of step: UInt32) {
    if answered.contains(step) { return }
    switch event.kind {
    case .modelRequested:
      intents[step] = event
      outcomes[step] = nil
      resolutions[step] = nil
    case .modelRetried: outcomes[step] = nil
    default:
      outcomes[step] = event
      if event.json?["status"]?.string == "ok" { answered.insert(step) }
    }
  }

  // MARK: Records

  /// Whether the journal still has records that were not gone through.
  var isBehind: Bool { position < records.count }

  /// Goes on to the record that the state machine just made.
  ///
  /// - Returns: false where the journal ends before it: it is new.
  mutating func goOn(to record: FlowRecord) throws(ReplayDivergence) -> Bool {
    while position < records.count {
      let event = records[position]
      position += 1
      if event.agrees(with: record) { return true }
      // A refusal by the pipeline stands among the state machine's own.
      if event.kind == .toolRejected, record.kind != .toolRejected || event.step != record.step { continue }
      throw ReplayDivergence(sequence: event.sequence, journaled: event.summary, replayed: record.summary)
    }
    return false
  }

  /// Why the run was stopped, where the journal has no outcome for a step because of that.
  var reasonToStop: InvocationFailure {
    let timedOut = records[position...].contains { $0.json?["limit"]?.string == "timeout" }
    return timedOut
      ? InvocationFailure(.timedOut, "the run's time is up")
      : InvocationFailure(.cancelled, "the run was cancelled")
  }

  // MARK: Steps

  /// How far one call came.
  enum Progress: Sendable {
    /// It was not made, or nothing it does matters a second time: it is made now, as this attempt.
    case due(attempt: UInt32)
    case ended(Result<[UInt8], InvocationFailure>)
    /// It was being made, and may have had its effect.
    case inDoubt
  }

  func progress(of step: UInt32) -> Progress {
    if let outcome = outcomes[step]?.json { return .ended(outcome.outcome) }
    guard let intent = intents[step]?.json else { return .due(attempt: 1) }
    let attempt = UInt32(truncatingIfNeeded: intent["attempt"]?.int ?? 1) + 1
    if let resolution = resolutions[step]?.json?["as"]?.string {
      return resolution == Resolution.happened.rawValue
        ? .ended(.failure(.lostResult)) : .due(attempt: attempt)
    }
    let effect = intent["effect"]?.string.flatMap(Effect.init) ?? .nonIdempotent
    return effect == .nonIdempotent ? .inDoubt : .due(attempt: attempt)
  }

  /// Of the model call that was made as this step; nil where it is not known.
  func receipt(of step: UInt32) -> ModelReceipt? { outcomes[step]?.json.flatMap { ModelReceipt($0) } }

  /// The call of a step as it was begun; nil where none was.
  func begun(_ step: UInt32) -> (tool: String, arguments: [UInt8], event: JournalEvent)? {
    guard let event = intents[step], let data = event.json, let tool = data["tool"]?.string,
      let arguments = data["arguments"]
    else { return nil }
    return (tool, Array(arguments.rawBytes), event)
  }

  // MARK: Approvals

  package var pendingApprovals: [PendingApproval] { approvals.pending }
  func decision(on step: UInt32) -> ApprovalDecision? { approvals.decision(on: step) }
  /// Whether a call was begun, whatever became of it.
  func wasMade(_ step: UInt32) -> Bool { intents[step] != nil }

  // MARK: Persons

  func person(at step: UInt32) -> PersonHistory? { persons[step] }
  /// Nil where the run does not wait for a person to give it back.
  package var waitingPerson: PersonHistory? { persons.values.first { $0.returned == nil } }

  // MARK: Forks

  /// The call as it is made in this run.
  func edited(_ step: FlowStep) -> FlowStep {
    switch step {
    case .model, .review, .person: return step
    case .tool(let call): return .tool(edited(call))
    case .approval(let call, let approval): return .approval(edited(call), approval)
    }
  }

  private func edited(_ call: ToolCallStep) -> ToolCallStep {
    guard let arguments = edits[call.step] else { return call }
    var call = call
    call.arguments = arguments
    return call
  }

  /// Holds what is to be called against what was.
  func check(_ tool: ToolName, _ arguments: [UInt8], step: UInt32) throws(ReplayDivergence) {
    guard let event = intents[step], let intent = event.json,
      let made = intent["asked"] ?? intent["arguments"]
    else {
      return
    }
    guard intent["tool"]?.string == tool.description, made.rawBytes.elementsEqual(arguments) else {
      throw ReplayDivergence(
        sequence: event.sequence, journaled: "\(intent["tool"]?.string ?? "") \(made.rawText)",
        replayed: "\(tool) \(String(decoding: arguments, as: UTF8.self))")
    }
  }

  func check(_ call: ModelCall) throws(ReplayDivergence) {
    // An answer that was kept was asked of nobody.
    guard let event = intents[call.step] ?? outcomes[call.step], let intent = event.json,
      let made = intent["request_bytes"]?.int.map({ Int($0) }),
      let now = call.requestByteCount(
        tool: intent["tool"]?.string ?? "", model: intent["model"]?.string), made != now
    else { return }
    throw ReplayDivergence(
      sequence: event.sequence, journaled: "a request of \(made) bytes", replayed: "one of \(now)")
  }
}

/// What a person says of a call that was in doubt.
package enum Resolution: String, Sendable, CaseIterable {
  /// It had its effect; it is not made again. The model is told that its result was lost.
  case happened
  /// It had none; it is made now.
  case didNot = "did-not"
  /// It is made again, whatever it did.
  case retry
}

/// A replay that did not do what the run did.
package struct ReplayDivergence: Error, Sendable, Equatable {
  /// Of the journal's event.
  package var sequence: Int64
  package var journaled: String
  package var replayed: String
}

extension InvocationFailure {
  fileprivate static let lostResult = InvocationFailure(
    .toolFailed, "the call was made, and its result was lost when the host stopped")
}

extension JournalEvent.Kind {
  /// Made by the state machine; the others are the pipeline's.
  fileprivate var isRecord: Bool {
    switch self {
    case .agentStarted, .agentFinished, .runLimitReached, .toolCalled, .toolRejected, .handoffRequested,
      .handoffCompleted, .handoffSuperseded, .handoffRejected, .delegationStarted, .delegationFinished,
      .guardrailTripped, .outputRejected, .stageStarted, .stageFinished, .stageFailed, .stageSkipped,
      .contextCompacted, .confidenceTold:
      true
    case .runStarted, .runFinished, .runFailed, .modelRequested, .modelCompleted, .modelRouted, .modelRetried,
      .toolStarted, .toolFinished,
      .toolResolved, .callStarted, .callFinished, .callRejected, .serviceUsed, .approvalRequested,
      .approvalDecided, .approvalExpired, .personRequested, .personTookOver, .personReturned, .turnWithdrawn:
      false
    }
  }
}

extension JournalEvent {
  /// Nil where `data` is no JSON, which is not written by this host.
  fileprivate var json: JSONView? { try? JSONDocument(parsing: data).root }

  fileprivate func agrees(with record: FlowRecord) -> Bool {
    kind == record.kind && turn == record.turn && agent == record.agent && step == record.step
      && data == record.data
  }

  fileprivate var summary: String { "\(kind.rawValue) \(agent) \(String(decoding: data, as: UTF8.self))" }
}

extension FlowRecord {
  fileprivate var summary: String { "\(kind.rawValue) \(agent) \(String(decoding: data, as: UTF8.self))" }
}

extension JSONView {
  /// Of a `run.started`.
  fileprivate var edits: [UInt32: [UInt8]] {
    guard let edited = self["edited"], edited.kind == .object else { return [:] }
    return Dictionary(
      edited.members.compactMap { member in
        UInt32(member.key).map { ($0, Array(member.value.rawBytes)) }
      }, uniquingKeysWith: { $1 })
  }

  /// The result or the error of a `tool.finished`, `tool.rejected` or `model.completed`.
  fileprivate var outcome: Result<[UInt8], InvocationFailure> {
    if let result = self["result"] { return .success(Array(result.rawBytes)) }
    let error = self["error"]
    let code = error?["code"]?.string.flatMap(InvocationFailure.Code.init) ?? .internal
    return .failure(
      InvocationFailure(
        code, error?["message"]?.string ?? "", detail: self["detail"]?.string,
        pointer: error?["pointer"]?.string.flatMap { try? JSONPointer(parsing: $0) },
        retryAfterMilliseconds: error?["retry_after_ms"]?.int,
        effectUnknown: error?["effect_unknown"]?.bool ?? false))
  }
}

extension Resolution {
  /// - Parameters:
  ///   - user: the person who says so; empty where nobody is named.
  ///   - source: what says so instead of a person.
  ///   - waits: what the run waits for all the same.
  func data(
    tool: String, user: String = "", by source: String = "", waits: RunSummary.Status?
  ) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.field("tool", tool)
    writer.field("as", rawValue)
    if !user.isEmpty { writer.field("user", user) }
    if !source.isEmpty { writer.field("by", source) }
    if let waits { writer.field("waits", waits.rawValue) }
    writer.endObject()
    return writer.bytes
  }
}
