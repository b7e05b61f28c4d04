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
  mutating func reconciled(
    _ progress: RunHistory.Progress, _ step: FlowStep
  ) async -> RunHistory.Progress? {
    guard case .inDoubt = progress, case .tool(let call) = step, !isReplay,
      !request.cancellation.isCancelled
    else { return progress }
    let reconciliation = await runner.pipeline.reconcile(
      CallRequest(
        tool: call.tool, arguments: call.arguments, mayRepair: !call.isJudged, principal: request.principal,
        call: CallID(run: request.run, step: call.step),
        position: RunPosition(turn: call.turn, agent: call.agent), cancellation: request.cancellation,
        authority: call.authority))
    let events: [JournalEvent]
    switch reconciliation {
    case .unknown: return progress
    case .didNotHappen: events = [resolved(call, as: .didNot)]
    case .happened(let result): events = [resolved(call, as: .happened), outcome(of: call, result)]
    }
    guard await append(events, .durable) else { return nil }
    for event in events { history?.add(event) }
    return history?.progress(of: call.step) ?? progress
  }

  private func resolved(_ call: ToolCallStep, as resolution: Resolution) -> JournalEvent {
    var data = JSONWriter()
    data.beginObject()
    data.field("tool", call.tool.description)
    data.field("as", resolution.rawValue)
    data.field("by", "plugin")
    if let waits = history?.waits(afterDecidingOn: call.step) { data.field("waits", waits.rawValue) }
    data.endObject()
    return event(.toolResolved, turn: call.turn, agent: call.agent, step: call.step, data: data.bytes)
  }

  private func outcome(of call: ToolCallStep, _ result: CallResult) -> JournalEvent {
    var data = JSONWriter(reserving: 64 + result.json.count)
    data.beginObject()
    data.field("tool", call.tool.description)
    data.field("status", "ok")
    data.field("result", raw: result.json)
    data.endObject()
    return event(.toolFinished, turn: call.turn, agent: call.agent, step: call.step, data: data.bytes)
  }
}
