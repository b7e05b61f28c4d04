import JSONCodec
import Storage
import ToolContracts

// What of a run is new to the journal.
extension ActiveRun {
  /// What of a transition is new to the journal.
  @inline(never)
  func unrecorded(_ records: [FlowRecord]) throws(ReplayDivergence) -> [JournalEvent] {
    var news: [JournalEvent] = []
    for record in records where !(try isRecorded(record)) {
      news.append(
        stepRunner.event(
          record.kind, turn: record.turn, agent: record.agent, step: record.step, data: record.data))
    }
    return news
  }

  /// Nobody is shown again what was shown the first time.
  @inline(never)
  func show(_ transition: FlowTransition) {
    guard history?.isBehind != true, let observer = stepRunner.request.observer else { return }
    transition.shown.forEach(observer.observed)
  }

  private func isRecorded(_ record: FlowRecord) throws(ReplayDivergence) -> Bool {
    try history?.goOn(to: record) ?? false
  }

  /// - Returns: whether the journal says that the call is in doubt.
  func journalDoubt(of step: ToolCallStep) async -> Bool {
    guard history?.doubts[step.step] == nil else { return true }
    var data = JSONWriter()
    data.beginObject()
    data.field("tool", step.tool.description)
    data.field("status", "in_doubt")
    if let note = notes[step.step] { data.field("note", note) }
    data.endObject()
    let doubt = stepRunner.event(
      .toolFinished, turn: step.turn, agent: step.agent, step: step.step, data: data.bytes)
    guard await stepRunner.append([doubt], .durable) else { return false }
    history?.add(doubt)
    return true
  }
}
