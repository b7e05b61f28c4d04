import JSONCodec
import Storage
import ToolContracts

/// The beginning of a run, copied to be the beginning of another: what is there before one call was made, and what stands
/// beside that call.
struct RunFork {
  let events: [JournalEvent]

  /// - Parameters:
  ///   - events: of the run that is forked.
  ///   - step: the call of a model or a tool that is made anew. Other calls of the same turn keep their outcomes; whatever
  ///     followed is left out.
  ///   - arguments: what the tool is called with instead; nil: with what it was.
  ///   - time: the copied events are of the new run, and recorded now.
  init(
    _ events: [JournalEvent], at step: UInt32, arguments: [UInt8]?, as run: RunID, time: Int64
  ) throws(RunFailure) {
    guard let first = events.first else { throw RunFailure(.runNotFound, "there is no such run of a flow") }
    let calls = ForkedCalls(events, step: step)
    guard let beginning = calls.beginning else {
      throw RunFailure(.stepNotFound, "step \(step) of the run \(first.run) is no call that was made")
    }
    if arguments != nil, !calls.isOfTool {
      throw RunFailure(
        .stepNotFound, "step \(step) of the run \(first.run) is no call of a tool: it has no arguments")
    }
    try calls.checkOutcomes(in: RunHistory(events))
    let kept = events.filter { event in
      (event.sequence < beginning || calls.isBeside(event)) && !calls.isOpenApproval(event)
    }
    self.events = kept.map { event in
      var copy = event
      (copy.run, copy.time, copy.sequence, copy.fence) = (run, time, 0, 0)
      if copy.kind == .runStarted { copy.data = RunFork.start(first, step, arguments) }
      return copy
    }
  }

  /// `run.started` as it was, with where it comes from.
  private static func start(_ parent: JournalEvent, _ step: UInt32, _ arguments: [UInt8]?) -> [UInt8] {
    guard case .object(var start)? = try? JSONValue(parsing: parent.data) else { return parent.data }
    start["fork"] = ["run_id": .string(parent.run.description), "step": .int(Int(step))]
    if let arguments, let value = try? JSONValue(parsing: arguments) {
      var edited = start["edited"]?.object ?? JSONObject()
      edited["\(step)"] = value
      start["edited"] = .object(edited)
    }
    return JSONValue.object(start).serialized()
  }
}

/// Where the turn of one call began to make its calls, and which others it made.
private struct ForkedCalls {
  /// Of the first event of the calls; nil where the step was not made.
  var beginning: Int64?
  let isOfTool: Bool
  private let siblings: Set<UInt32>
  /// Those that keep their outcomes.
  private let ended: Set<UInt32>

  init(_ events: [JournalEvent], step: UInt32) {
    guard events.contains(where: { $0.step == step && $0.isOfCall }) else {
      (beginning, isOfTool, siblings, ended) = (nil, false, [], [])
      return
    }
    let called = events.first { $0.kind == .toolCalled && $0.step == step }
    isOfTool = called != nil
    let turn = events.filter { $0.kind == .toolCalled && $0.turn == called?.turn }.compactMap(\.step)
    let calls = Set(called == nil ? [step] : turn)
    beginning = events.first { event in event.isOfCall && event.step.map(calls.contains) == true }?.sequence
    siblings = calls.subtracting([step])
    ended = Set(
      events.filter { $0.kind == .toolFinished || $0.kind == .toolRejected }.compactMap(\.step)
    ).subtracting([step])
  }

  /// A call beside the forked one that may have had its effect cannot be made again: the key would be another.
  func checkOutcomes(in history: RunHistory?) throws(RunFailure) {
    for step in siblings.sorted() {
      switch history?.progress(of: step) {
      case .ended, .due(attempt: 1), nil: continue
      case .due, .inDoubt:
        throw RunFailure(
          .runIsInDoubt, "step \(step), of the same turn, has no outcome yet; resume or resolve the run first"
        )
      }
    }
  }

  /// A yes was said to a call of the other run. Whatever this run makes of its own is asked about anew.
  func isOpenApproval(_ event: JournalEvent) -> Bool {
    [.approvalRequested, .approvalDecided, .approvalExpired].contains(event.kind)
      && !(event.step.map(ended.contains) ?? false)
  }

  func isBeside(_ event: JournalEvent) -> Bool { event.isOfCall && event.step.map(siblings.contains) == true }
}

extension JournalEvent {
  /// Whether it was written while a call was made: by the pipeline, or by who says what became of it.
  fileprivate var isOfCall: Bool {
    switch kind {
    case .modelRequested, .modelCompleted, .toolStarted, .toolFinished, .toolResolved: true
    // The flow engine's own refusals were decided before any call was made.
    case .toolRejected: (try? JSONDocument(parsing: data))?.root["status"] != nil
    default: false
    }
  }
}
