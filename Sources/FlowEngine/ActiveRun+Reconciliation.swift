import Invocation
import JSONCodec
import Storage
import ToolContracts

// What a plugin can look up is not put to a person.
extension ActiveRun {
  /// Asks the plugin what became of a call that is in doubt, and writes down what it says. What it is not certain of stays in
  /// doubt.
  ///
  /// - Returns: nil where it may or may not be written down: nothing else is said of the call then.
  func reconciled(_ call: ToolCallStep) async -> RunHistory.Progress? {
    if isReplay || isCancelled { return .inDoubt }
    let reconciliation = await stepRunner.runner.pipeline.reconcile(stepRunner.examination(of: call))
    guard
      let events = reconciliation.events(
        { kind, data in
          stepRunner.event(kind, turn: call.turn, agent: call.agent, step: call.step, data: data)
        }, of: call.tool.description, waits: history?.waits(afterDecidingOn: call.step))
    else {
      if case .unknown(let note) = reconciliation, !note.isEmpty { notes[call.step] = note }
      return .inDoubt
    }
    guard await stepRunner.append(events, .durable) else { return nil }
    for event in events { history?.add(event) }
    return history?.progress(of: call.step) ?? .inDoubt
  }
}

extension StepRunner {
  /// A question about a call that is not made.
  func examination(of call: ToolCallStep) -> CallRequest {
    CallRequest(
      tool: call.tool, arguments: call.arguments, mayRepair: !call.isJudged, principal: request.principal,
      call: CallID(run: request.run, step: call.step),
      position: request.position(turn: call.turn, agent: call.agent), cancellation: request.cancellation,
      authority: call.authority)
  }
}

extension Reconciliation {
  /// What is to be written down of a call; nil where the plugin is not certain.
  ///
  /// - Parameters:
  ///   - event: makes one of the call.
  ///   - waits: what the run waits for all the same.
  func events(
    _ event: (JournalEvent.Kind, [UInt8]) -> JournalEvent, of tool: String, waits: RunSummary.Status?
  ) -> [JournalEvent]? {
    func resolved(as resolution: Resolution) -> JournalEvent {
      event(.toolResolved, resolution.data(tool: tool, by: "plugin", waits: waits))
    }
    switch self {
    case .unknown: return nil
    case .didNotHappen: return [resolved(as: .didNot)]
    case .happened(let result):
      var data = JSONWriter(reserving: 64 + result.json.count)
      data.beginObject()
      data.field("tool", tool)
      data.field("status", "ok")
      data.field("result", raw: result.json)
      data.endObject()
      return [resolved(as: .happened), event(.toolFinished, data.bytes)]
    }
  }
}
