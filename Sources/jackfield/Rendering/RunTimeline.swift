import JSONCodec
import Storage
import ToolContracts

/// A run as a table: when, who, what, how long, how it went. Calls stand where they began.
struct RunTimeline {
  let run: RunID
  let events: [JournalEvent]
  /// How much the journal holds of each step, and of what is about none, in bytes.
  private let sizes: [UInt32?: Int]

  init(run: RunID, events: [JournalEvent]) {
    self.run = run
    self.events = events
    sizes = events.sizesOfSteps
  }

  func print(on console: Console) {
    guard let first = events.first, let last = events.last else { return }
    let total = sizes.values.reduce(0, +)
    console.result(
      "run \(run)  \(timestamp(first.time))  \(milliseconds(last.time - first.time))  \(events.count) events, \(total) B"
    )
    for event in events {
      guard let line = describe(event, console) else { continue }
      let offset = "+" + milliseconds(event.time - first.time)
      console.result("  \(padded(offset, 12))\(padded(event.agent.isEmpty ? "·" : event.agent, 12))\(line)")
    }
  }

  private func describe(_ event: JournalEvent, _ console: Console) -> String? {
    guard let data = try? JSONDocument(parsing: event.data).root else { return event.kind.rawValue }
    switch event.kind {
    case .runStarted:
      return "\(text(data["name"]))  \(quoted(data["input"]))"
    case .runFinished, .runFailed:
      let reason = data["error"]?["message"].map { ": \(text($0))" } ?? ""
      return "\(styled(data["outcome"]?.string ?? "", console))\(reason)"
    case .runLimitReached: return console.styled("limit \(text(data["limit"]))", .yellow)
    case .modelRequested, .toolStarted: return started(event, data, console)
    case .modelRouted:
      return
        "  ↳ \(text(data["provider"])) \(text(data["model"])), by \(data["rule"].map { "rule \($0.rawText)" } ?? "default")"
    case .modelRetried:
      return console.styled(
        "  ↳ \(text(data["because"])): again, of \(text(data["provider"])) \(text(data["model"]))", .yellow)
    case .callFinished: return "  ↳ \(text(data["tool"]))  \(ended(data, console))"
    case .callRejected: return "  ↳ \(text(data["tool"]))  \(failure(data, console))"
    case .serviceUsed: return "  ↳ \(used(data, console))"
    case .toolRejected:
      return "\(numbered(event, console))\(text(data["tool"]))  \(failure(data, console))"
    case .toolResolved:
      return console.styled("\(text(data["tool"])) resolved as \(text(data["as"]))", .yellow)
    case .handoffCompleted: return "→ \(text(data["to"]))  \(printable(data["payload"]?.rawText ?? ""))"
    case .handoffRejected, .handoffSuperseded:
      return console.styled("→ \(text(data["target"])) \(event.kind.rawValue)", .yellow)
    case .delegationStarted: return "→ asks \(text(data["to"]))  \(printable(data["payload"]?.rawText ?? ""))"
    case .delegationFinished:
      guard data["error"] != nil else { return "← \(text(data["to"])) answers" }
      return "← \(text(data["to"]))  \(failure(data, console))"
    case .guardrailTripped:
      return console.styled("refused by \(text(data["guardrail"])) (\(text(data["stage"])))", .red)
    case .approvalRequested:
      return numbered(event, console) + console.styled("\(subject(data)) waits for approval", .yellow)
        + "  \(printable((data["arguments"] ?? data["value"])?.rawText ?? ""))"
        + (data["preview"]?["summary"].map { "  it says: \(text($0))" } ?? "")
    case .approvalDecided:
      let by = data["user"].map { " by \(text($0))" } ?? ""
      return console.styled("\(subject(data)) \(text(data["decision"]))\(by)", .yellow)
    case .approvalExpired: return console.styled("\(subject(data)) was approved by nobody", .yellow)
    case .stageStarted: return console.styled("◆ \(text(data["stage"]))", .bold)
    case .stageFinished:
      let output = data["output"].map { "  " + printable(String($0.rawText.prefix(60))) } ?? ""
      return "◆ \(text(data["stage"])) \(styled("ok", console))\(output)"
    case .stageFailed: return "◆ \(text(data["stage"]))  \(failure(data, console))"
    case .stageSkipped:
      return console.styled(
        "◆ \(text(data["stage"])) left out, since \(text(data["because"])) failed", .yellow)
    case .contextCompacted: return "what was said before: \(text(data["status"]))"
    case .confidenceTold: return "confidence \(data["confidence"]?.rawText ?? "")"
    case .personRequested: return console.styled("handed over to a person: \(text(data["reason"]))", .yellow)
    case .personTookOver: return console.styled("taken over by \(text(data["user"]))", .yellow)
    case .personReturned: return console.styled("given back by \(text(data["user"]))", .yellow)
    case .turnWithdrawn: return console.styled("taken back by \(text(data["user"]))", .yellow)
    case .outputRejected: return "answer  \(failure(data, console))"
    case .modelCompleted where data["cache"] != nil:
      return "\(numbered(event, console))\(text(data["tool"]))  from the cache  \(ended(data, console))"
    case .agentStarted, .agentFinished, .modelCompleted, .toolCalled, .toolFinished, .handoffRequested,
      .callStarted:
      return nil
    }
  }

  /// With the outcome of the same step, which stands further down.
  private func started(_ event: JournalEvent, _ data: JSONView, _ console: Console) -> String {
    let arguments = data["arguments"].map { " " + printable(String($0.rawText.prefix(60))) } ?? ""
    let head = "\(numbered(event, console))\(text(data["tool"]))\(arguments)"
    guard let end = next(after: event), let outcome = try? JSONDocument(parsing: end.data).root else {
      return "\(head)  \(console.styled("no outcome: the host stopped", .red))"
    }
    if outcome["status"]?.string == "in_doubt" {
      let note = outcome["note"].map { ", its plugin says: \(text($0))" } ?? ""
      return "\(head)  \(console.styled("in doubt", .red))\(note)"
    }
    return "\(head)  \(ended(outcome, console))"
  }

  /// The step, by which other commands name it, and its size.
  private func numbered(_ event: JournalEvent, _ console: Console) -> String {
    guard let step = event.step else { return "" }
    return console.styled(padded("\(step)", 4) + padded("\(sizes[step] ?? 0) B", 9), .dim)
  }

  private func ended(_ outcome: JSONView, _ console: Console) -> String {
    let took = milliseconds((outcome["duration_us"]?.int ?? 0) * 1000)
    if outcome["error"] != nil { return "\(took)  \(failure(outcome, console))" }
    return "\(took)  \(styled("ok", console))"
  }

  private func used(_ use: JSONView, _ console: Console) -> String {
    let answer = use["http_status"]?.int.map { $0 == 0 ? "" : " \($0)" } ?? ""
    return
      "\(text(use["service"])) \(text(use["operation"]))\(answer)  \(styled(text(use["status"]), console))"
  }

  /// What became of a call; nil where the same step was begun again before anything did.
  private func next(after start: JournalEvent) -> JournalEvent? {
    let later = events.first {
      $0.step == start.step && $0.sequence > start.sequence
        && [.toolFinished, .modelCompleted, start.kind].contains($0.kind)
    }
    return later?.kind == start.kind ? nil : later
  }

  private func failure(_ data: JSONView, _ console: Console) -> String {
    let error = data["error"]
    return "\(console.styled(text(error?["code"]), .red)): \(text(error?["message"]))"
  }

  private func styled(_ outcome: String, _ console: Console) -> String {
    console.styled(outcome, ["ok", "succeeded"].contains(outcome) ? .green : .red)
  }

  /// What an approval is about.
  private func subject(_ data: JSONView) -> String {
    data["stage"].map { "stage \(text($0))" } ?? text(data["tool"])
  }

  private func text(_ value: JSONView?) -> String { printable(value?.string ?? "") }
  private func quoted(_ value: JSONView?) -> String { "\u{201C}\(text(value))\u{201D}" }
}
