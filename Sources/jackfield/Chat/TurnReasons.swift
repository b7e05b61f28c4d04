import JSONCodec
import Storage

/// Why things were allowed, refused or handed over in a run, as its journal tells it.
struct TurnReasons {
  private(set) var lines: [String] = []
  private var approvals: [UInt32: String] = [:]

  init(_ events: [JournalEvent]) {
    for event in events {
      guard let data = try? JSONDocument(parsing: event.data).root else { continue }
      if let line = line(of: event, data) { lines.append(printable(line)) }
    }
  }

  private mutating func line(of event: JournalEvent, _ data: JSONView) -> String? {
    func text(_ key: String) -> String { data[key]?.string ?? "" }
    switch event.kind {
    case .modelCompleted where text("cache") == "hit":
      return
        "\(event.agent) answered from the cache: \(text("tool")) gave this answer to the same request before, and was not asked"
    case .toolStarted: return allowed(event, text("tool"))
    case .toolRejected: return "\(text("tool")) was not called: \(failure(data))"
    case .toolFinished where data["error"] != nil: return "\(text("tool")) failed: \(failure(data))"
    case .approvalRequested:
      return "\(subject(data)) had to be approved: a rule of the tenant or a stage says so"
    case .approvalDecided:
      let who = data["user"]?.string.map { " by \($0)" } ?? " by a person"
      let reason = data["reason"]?.string.map { ": \($0)" } ?? ""
      if let step = event.step { approvals[step] = "it was \(text("decision"))\(who)" }
      return "\(subject(data)) was \(text("decision"))\(who)\(reason)"
    case .approvalExpired: return "\(subject(data)) was approved by nobody in time"
    case .guardrailTripped: return "the guardrail \(text("guardrail")) refused \(stage(text("stage")))"
    case .handoffCompleted:
      return "\(text("from")) handed over to \(text("to")) with \(data["payload"]?.rawText ?? "{}")"
    case .handoffRejected: return "\(event.agent) did not hand over to \(text("target")): \(failure(data))"
    case .handoffSuperseded:
      return
        "\(event.agent) did not hand over to \(text("target")): another handoff of the same turn came first"
    case .delegationStarted:
      return "\(text("from")) asked \(text("to")) with \(data["payload"]?.rawText ?? "{}")"
    case .outputRejected: return "\(event.agent) had to answer again: \(failure(data))"
    case .contextCompacted where text("status") == "summarized":
      return "earlier turns were summed up: all of them are longer than the flow's max_context_tokens"
    case .runLimitReached: return "the run came to its limit \(text("limit"))"
    case .personRequested: return "handed over to a person: \(text("reason"))"
    case .personTookOver: return "taken over by \(data["user"]?.string ?? "a person")"
    case .personReturned: return "given back by \(data["user"]?.string ?? "a person")"
    case .runFailed, .runFinished: return data["error"] == nil ? nil : "the turn ended so: \(failure(data))"
    default: return nil
    }
  }

  private func allowed(_ event: JournalEvent, _ tool: String) -> String {
    let why = event.step.flatMap { approvals[$0] } ?? "nobody had to approve it"
    let who = event.agent.isEmpty ? "the flow" : event.agent
    return "\(tool) was called: \(who) lists it, the tenant has it, and \(why)"
  }

  private func subject(_ data: JSONView) -> String { data["tool"]?.string ?? data["stage"]?.string ?? "it" }

  private func failure(_ data: JSONView) -> String {
    "\(data["error"]?["code"]?.string ?? ""): \(data["error"]?["message"]?.string ?? "")"
  }

  private func stage(_ name: String) -> String {
    switch name {
    case "input": "the question"
    case "output": "the answer"
    case "tool_input": "the arguments of a call"
    default: "the result of a call"
    }
  }
}
