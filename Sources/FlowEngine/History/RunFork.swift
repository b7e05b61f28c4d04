import JSONCodec
import Storage
import ToolContracts

/// The beginning of a run, copied to be the beginning of another: what is there before one call was made, and what stands
/// beside that call.
struct RunFork {
  let events: [JournalEvent]

  /// - Parameters:
  ///   - events: of the run that is forked.
  ///   - step: the call of a model or a tool that is made anew. Calls that were made at the same time keep their outcomes;
  ///     whatever followed is left out.
  ///   - arguments: what the tool is called with instead; nil: with what it was.
  ///   - time: the copied events are of the new run, and recorded now.
  init(
    _ events: [JournalEvent], at step: UInt32, arguments: [UInt8]?, as run: RunID, time: Int64
  ) throws(RunFailure) {
    guard let first = events.first else { throw RunFailure(.runNotFound, "there is no such run of a flow") }
    let calls = ForkedCalls(events, step: step)
    guard calls.wasMade else {
      throw RunFailure(.stepNotFound, "step \(step) of the run \(first.run) is no call that was made")
    }
    if arguments != nil, !calls.isOfTool {
      throw RunFailure(
        .stepNotFound, "step \(step) of the run \(first.run) is no call of a tool: it has no arguments")
    }
    let kept = events.filter(calls.isShared)
    try calls.checkOutcomes(of: kept)
    self.events = kept.map { event in
      var copy = event
      (copy.run, copy.time, copy.sequence, copy.fence) = (run, time, 0, 0)
      if copy.kind == .runStarted { copy.data = RunFork.start(first, step, arguments) }
      if copy.kind == .modelCompleted || copy.kind == .callFinished { copy.data.markAsCopied() }
      return copy
    }
  }

  /// `run.started` as it was, with where it comes from.
  private static func start(_ parent: JournalEvent, _ step: UInt32, _ arguments: [UInt8]?) -> [UInt8] {
    guard case .object(var start)? = try? JSONValue(parsing: parent.data) else { return parent.data }
    // It knows what was said before, and is tried out beside the conversation.
    start["conversation"] = nil
    start["fork"] = ["run_id": .string(parent.run.description), "step": .int(Int(step))]
    if let arguments, let value = try? JSONValue(parsing: arguments) {
      var edited = start["edited"]?.object ?? JSONObject()
      edited["\(step)"] = value
      start["edited"] = .object(edited)
    }
    return JSONValue.object(start).serialized()
  }
}

extension [UInt8] {
  /// What the other run used is not used twice: sums over many runs leave it out. Of a JSON object with members.
  fileprivate mutating func markAsCopied() {
    guard popLast() == UInt8(ascii: "}") else { return }
    append(contentsOf: #","copied":true}"#.utf8)
  }
}

/// What of a run does not follow from one of its calls.
///
/// Whatever was decided before the call was begun does not, and that a tool is called is written down when it is decided: so
/// a tool that was called before then stands before the call or beside it, whenever it ran. A model that was asked at the same
/// time and had not answered may be asked again.
private struct ForkedCalls {
  let wasMade: Bool
  let isOfTool: Bool
  private let step: UInt32
  private let beginning: Int64
  /// Calls of tools by when they were decided, all others by when they were begun.
  private var positions: [UInt32: Int64] = [:]
  private let ended: Set<UInt32>
  /// Of stages that wait for a person: when they were answered.
  private var reviews: [UInt32: Int64] = [:]

  init(_ events: [JournalEvent], step: UInt32) {
    self.step = step
    let first = events.first { $0.step == step && $0.isOfCall }
    wasMade = first != nil
    beginning = first?.sequence ?? 0
    isOfTool = events.contains { $0.step == step && $0.kind == .toolCalled }
    ended = Set(
      events.filter { $0.kind == .toolFinished || $0.kind == .toolRejected }.compactMap(\.step))
    for event in events where event.isOfApproval {
      guard let step = event.step, (try? JSONDocument(parsing: event.data))?.root["stage"] != nil else {
        continue
      }
      reviews[step] = event.kind == .approvalRequested ? .max : event.sequence
    }
    for event in events where event.kind == .toolCalled || event.isOfCall {
      guard let call = event.step, positions[call] == nil else { continue }
      positions[call] = event.sequence
    }
  }

  func isShared(_ event: JournalEvent) -> Bool {
    guard event.isOfCall || event.isOfApproval, let call = event.step else {
      return event.sequence < beginning
    }
    // A stage that a person approves is no call: it was gone on from before the call, or is asked about anew.
    if event.isOfApproval, let answer = reviews[call] { return answer < beginning }
    guard call != step, positions[call] ?? .max < beginning else { return false }
    // A yes was said to a call of the other run. Whatever this run makes of its own is asked about anew.
    return !event.isOfApproval || ended.contains(call)
  }

  /// A call that may have had its effect cannot be made again: the key would be another.
  func checkOutcomes(of shared: [JournalEvent]) throws(RunFailure) {
    let history = RunHistory(shared)
    for event in shared where event.kind == .toolStarted {
      guard let call = event.step, let history else { continue }
      if case .ended = history.progress(of: call) { continue }
      throw RunFailure(
        .runIsInDoubt,
        "step \(call), made at the same time, has no outcome yet; resume or resolve the run first")
    }
  }
}

extension JournalEvent {
  /// Whether it was written while a call was made: by the pipeline, or by who says what became of it.
  fileprivate var isOfCall: Bool {
    switch kind {
    case .modelRequested, .modelCompleted, .modelRouted, .modelRetried, .toolStarted, .toolFinished,
      .toolResolved, .callStarted,
      .callFinished, .callRejected, .serviceUsed:
      true
    // The flow engine's own refusals were decided before any call was made.
    case .toolRejected: (try? JSONDocument(parsing: data))?.root["status"] != nil
    default: false
    }
  }

  fileprivate var isOfApproval: Bool {
    [.approvalRequested, .approvalDecided, .approvalExpired].contains(kind)
  }
}
