import JSONCodec
import ModelContracts
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
    /// Nil where nobody has said what the model costs, and of what another run has paid for.
    var cost: (amount: Money, currency: String)?

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
  /// Nanoseconds since 1970.
  let started: Int64
  /// Nanoseconds; at least 1.
  let length: Int64
  private(set) var bars: [Bar] = []
  private(set) var marks: [Mark] = []
  /// Of stages: what their calls are within.
  private(set) var stages: [Bar] = []
  /// How much the journal holds of each step, and of what is about none, in bytes.
  let sizes: [UInt32?: Int]
  /// Of model calls that were answered in this run.
  private var usage = UsageReport(by: .run)

  /// - Returns: nil where there are no events.
  init?(_ events: [JournalEvent]) {
    guard let first = events.first, let last = events.last, let projection = RunProjection(events) else {
      return nil
    }
    run = first.run
    name = projection.summary.name
    outcome = projection.summary.status.rawValue
    started = first.time
    length = max(1, last.time - first.time)
    sizes = events.sizesOfSteps
    for event in events { add(event, at: max(0, event.time - first.time)) }
  }

  private mutating func add(_ event: JournalEvent, at time: Int64) {
    if UsageReport.kinds.contains(event.kind) { usage.add(event) }
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
    case .modelRetried:
      marks.append(Mark(agent: event.agent, text: "asks again: \(text("because"))", time: time))
    case .guardrailTripped:
      marks.append(
        Mark(agent: event.agent, text: "refused by \(text("guardrail")) (\(text("stage")))", time: time))
    case .outputRejected:
      marks.append(Mark(agent: event.agent, text: "answer: \(errorCode(data))", time: time))
    case .handoffRejected, .handoffSuperseded:
      marks.append(Mark(agent: event.agent, text: "not handed over to \(text("target"))", time: time))
    case .approvalRequested:
      marks.append(Mark(agent: event.agent, text: "\(subject) waits for approval", time: time))
    case .approvalDecided:
      marks.append(Mark(agent: event.agent, text: "\(subject) \(text("decision"))\(by(data))", time: time))
    case .approvalExpired:
      marks.append(Mark(agent: event.agent, text: "\(subject) was approved by nobody", time: time))
    case .toolResolved:
      marks.append(
        Mark(agent: event.agent, text: "\(subject) resolved as \(text("as"))\(by(data))", time: time))
    case .personRequested:
      marks.append(Mark(agent: event.agent, text: "handed over to a person: \(text("reason"))", time: time))
    case .personTookOver:
      marks.append(Mark(agent: event.agent, text: "taken over\(by(data))", time: time))
    case .personReturned:
      marks.append(Mark(agent: event.agent, text: "given back\(by(data))", time: time))
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
    // Another run has used and paid what this one has a copy of.
    guard data["copied"]?.bool != true, bars[index].isModelCall else { return }
    if let usage = data["result"]?["usage"] {
      bars[index].tokens = (usage["inputTokens"]?.int ?? 0, usage["outputTokens"]?.int ?? 0)
    }
    if let amount = data["cost"]?.string.flatMap({ Money($0) }) {
      bars[index].cost = (amount, data["currency"]?.string ?? "")
    }
  }

  private mutating func end(stage: String, _ data: JSONView, at time: Int64) {
    guard let index = stages.lastIndex(where: { $0.agent == stage && $0.end == nil }) else { return }
    stages[index].end = time
    stages[index].status = data["error"] == nil ? "ok" : errorCode(data)
  }

  private func by(_ data: JSONView) -> String { data["user"]?.string.map { " by \($0)" } ?? "" }
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
    let failed = bars.filter { $0.status != "ok" }.count
    let used = ["\(models.count) model calls", "\(tokens.input) + \(tokens.output) tokens"]
    let made = ["\(bars.count - models.count) tool calls", "\(failed) without a result"]
    return (used + money + made).joined(separator: ", ")
  }

  var tokens: (input: Int64, output: Int64) {
    bars.compactMap(\.tokens).reduce(into: (input: 0, output: 0)) { sum, tokens in
      sum = (sum.input + tokens.input, sum.output + tokens.output)
    }
  }

  /// By currency.
  var costs: [(currency: String, amount: Money)] {
    usage.total.costs.sorted { $0.key < $1.key }.map { (currency: $0.key, amount: $0.value) }
  }

  /// Answered calls of which nobody knows what they cost.
  var unpriced: Int { usage.total.unpriced }

  /// What is not known is said, never left out of a sum in silence.
  private var money: [String] {
    let known = costs.map { "\($0.amount) \($0.currency)" }
    return unpriced == 0 ? known : known + ["unknown cost of \(unpriced)"]
  }
}

extension [JournalEvent] {
  /// How much the journal holds of each step, and of what is about none, in bytes.
  var sizesOfSteps: [UInt32?: Int] {
    reduce(into: [:]) { $0[$1.step, default: 0] += $1.data.count }
  }
}

extension RunChart.Bar {
  /// Beside its bar.
  func label(length: Int64) -> String {
    let took = end.map { milliseconds($0 - begin) } ?? "–"
    let used = tokens.map { "  \($0.input) + \($0.output) tokens" } ?? ""
    let paid = cost.map { "  \($0.amount) \(printable($0.currency))" } ?? ""
    return "\(printable(tool))  \(took)\(used)\(paid)" + (status == "ok" ? "" : "  \(printable(status))")
  }
}
