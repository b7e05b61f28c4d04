import JSONCodec
import Storage
import ToolContracts

/// Who did what when in a run, and at what cost: a bar for each call, a mark for whatever else is worth a look.
struct RunChart {
  /// One call of a model or a tool.
  struct Bar {
    let step: UInt32
    let agent: String
    let tool: String
    let isModelCall: Bool
    /// Nanoseconds since the run began.
    let begin: Int64
    /// Nil: nobody knows what became of it.
    var end: Int64?
    /// `ok`, or the code of its error.
    var status = "open"
    /// Of a model call, as its provider counts.
    var tokens: (input: Int64, output: Int64)?

    init(step: UInt32, agent: String, tool: String, isModelCall: Bool, begin: Int64) {
      self.step = step
      self.agent = agent
      self.tool = tool
      self.isModelCall = isModelCall
      self.begin = begin
    }

    /// Of all that belongs to the stage.
    init(stage: String, begin: Int64) {
      self.init(step: 0, agent: stage, tool: "stage", isModelCall: false, begin: begin)
      isStage = true
    }
    private(set) var isStage = false
  }
  struct Mark {
    let agent: String
    let text: String
    let time: Int64
  }

  let run: RunID
  let name: String
  let outcome: String
  /// Nanoseconds; at least 1.
  let length: Int64
  private(set) var bars: [Bar] = []
  private(set) var marks: [Mark] = []
  /// Of stages: what their calls are within.
  private(set) var stages: [Bar] = []

  /// - Returns: nil where there are no events.
  init?(_ events: [JournalEvent]) {
    guard let first = events.first, let last = events.last, let projection = RunProjection(events) else {
      return nil
    }
    run = first.run
    name = projection.summary.name
    outcome = projection.summary.status.rawValue
    length = max(1, last.time - first.time)
    for event in events { add(event, at: max(0, event.time - first.time)) }
  }

  private mutating func add(_ event: JournalEvent, at time: Int64) {
    guard let data = try? JSONDocument(parsing: event.data).root else { return }
    func text(_ key: String) -> String { data[key]?.string ?? "" }
    let subject = data["stage"] == nil ? text("tool") : "stage \(text("stage"))"
    switch event.kind {
    case .modelRequested, .toolStarted:
      bars.append(
        Bar(
          step: event.step ?? 0, agent: event.agent, tool: text("tool"),
          isModelCall: event.kind == .modelRequested, begin: time))
    case .modelCompleted where text("cache") == "hit":
      marks.append(Mark(agent: event.agent, text: "\(text("tool")): from the cache", time: time))
    case .modelCompleted, .toolFinished: end(event, data, at: time)
    case .toolRejected:
      marks.append(Mark(agent: event.agent, text: "\(text("tool")): \(errorCode(data))", time: time))
    case .handoffCompleted:
      marks.append(Mark(agent: text("to"), text: "takes over from \(text("from"))", time: time))
    case .delegationStarted: marks.append(Mark(agent: event.agent, text: "asks \(text("to"))", time: time))
    case .runLimitReached: marks.append(Mark(agent: event.agent, text: "limit \(text("limit"))", time: time))
    case .approvalRequested:
      marks.append(Mark(agent: event.agent, text: "\(subject) waits for approval", time: time))
    case .approvalDecided:
      marks.append(Mark(agent: event.agent, text: "\(subject) \(text("decision"))", time: time))
    case .stageStarted: stages.append(Bar(stage: text("stage"), begin: time))
    case .stageFinished, .stageFailed: end(stage: text("stage"), data, at: time)
    case .stageSkipped:
      marks.append(Mark(agent: text("stage"), text: "left out, since \(text("because")) failed", time: time))
    default: break
    }
  }

  /// The outcome of the last attempt.
  private mutating func end(_ event: JournalEvent, _ data: JSONView, at time: Int64) {
    guard let index = bars.lastIndex(where: { $0.step == event.step && $0.end == nil }) else { return }
    let status = data["status"]?.string ?? ""
    bars[index].status = data["error"] == nil ? status : errorCode(data)
    // What was in doubt has no end that anybody saw.
    if status != "in_doubt" { bars[index].end = time }
    if let usage = data["result"]?["usage"], bars[index].isModelCall {
      bars[index].tokens = (usage["inputTokens"]?.int ?? 0, usage["outputTokens"]?.int ?? 0)
    }
  }

  private mutating func end(stage: String, _ data: JSONView, at time: Int64) {
    guard let index = stages.lastIndex(where: { $0.agent == stage && $0.end == nil }) else { return }
    stages[index].end = time
    stages[index].status = data["error"] == nil ? "ok" : errorCode(data)
  }

  private func errorCode(_ data: JSONView) -> String { data["error"]?["code"]?.string ?? "" }

  /// In the order in which they came to do something.
  var agents: [String] {
    var seen: [String] = []
    for agent in (stages + bars).map(\.agent) + marks.map(\.agent) where !seen.contains(agent) {
      seen.append(agent)
    }
    return seen
  }

  /// What the run came to, in words.
  var cost: String {
    let models = bars.filter(\.isModelCall)
    let tokens = models.compactMap(\.tokens).reduce(into: (input: Int64(0), output: Int64(0))) {
      $0.input += $1.input
      $0.output += $1.output
    }
    let failed = bars.filter { $0.status != "ok" }.count
    return
      "\(models.count) model calls, \(tokens.input) + \(tokens.output) tokens, \(bars.count - models.count) tool calls, "
      + "\(failed) without a result"
  }
}

extension RunChart.Bar {
  /// Beside its bar.
  func label(length: Int64) -> String {
    let took = end.map { milliseconds($0 - begin) } ?? "–"
    let cost = tokens.map { "  \($0.input) + \($0.output) tokens" } ?? ""
    return "\(printable(tool))  \(took)\(cost)" + (status == "ok" ? "" : "  \(printable(status))")
  }
}
