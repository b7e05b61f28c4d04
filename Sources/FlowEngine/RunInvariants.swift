import JSONCodec
package import Manifests
package import Storage

/// What must hold of every run that came to its end, however its models behaved.
package struct RunInvariants: Sendable {
  /// In plain words; none where all holds.
  package private(set) var violations: [String] = []
  private let events: [JournalEvent]

  package init(_ events: [JournalEvent], limits: FlowLimits) {
    self.events = events
    checkEnd()
    checkPairs()
    checkIntents()
    checkStages()
    // The last words of a run that is wrapped up are one call more.
    // One that is repeated is one; outside of a turn conversations are summed up.
    check("model calls", calls(.modelRequested) { $0.turn > 0 }.count, limits.maxTurns + 1)
    // Those that a model asked for; guardrails are the flow's own.
    check("tool calls", calls(.toolStarted).intersection(calls(.toolCalled)).count, limits.maxToolCalls)
    check("handoffs", events.count { $0.kind == .handoffCompleted }, limits.maxHandoffs)
  }

  private mutating func checkEnd() {
    let ends = events.count { $0.kind == .runFinished || $0.kind == .runFailed }
    if ends != 1 { violations.append("the run has \(ends) ends") }
    if let last = events.last(where: { $0.kind != .turnWithdrawn }), last.kind != .runFinished,
      last.kind != .runFailed
    {
      violations.append("\(last.kind.rawValue) came after the end")
    }
  }

  /// Every call that a model made has exactly one result.
  private mutating func checkPairs() {
    for call in events where call.kind == .toolCalled {
      let count = events.count { $0.step == call.step && $0.endsACall }
      if count != 1 { violations.append("call \(call.step ?? 0) has \(count) results") }
    }
  }

  /// What was begun has an outcome. One that could not be recorded was not made, and its intent may be there all the same.
  private mutating func checkIntents() {
    let ended = calls(.toolFinished).union(calls(.modelCompleted)).union(calls(.toolRejected))
    for intent in events where [.toolStarted, .modelRequested].contains(intent.kind) {
      guard let step = intent.step, !ended.contains(step) else { continue }
      // What a model said to a host that died is lost, and nobody asks it again for a run that was cancelled since.
      if intent.kind == .modelRequested, let last = events.last, last.fence > intent.fence { continue }
      violations.append("step \(step) was begun and has no outcome")
    }
  }

  /// What was begun is done, failed or given up, once.
  private mutating func checkStages() {
    func names(_ kinds: [JournalEvent.Kind]) -> [String] {
      events.filter { kinds.contains($0.kind) }.compactMap {
        (try? JSONDocument(parsing: $0.data))?.root["stage"]?.string
      }
    }
    let ends = names([.stageFinished, .stageFailed])
    for stage in names([.stageStarted]) {
      let count = ends.count { $0 == stage }
      if count != 1 { violations.append("the stage \(stage) has \(count) ends") }
    }
  }

  private func calls(
    _ kind: JournalEvent.Kind, where isMeant: (JournalEvent) -> Bool = { _ in true }
  ) -> Set<UInt32> {
    Set(events.filter { $0.kind == kind && isMeant($0) }.compactMap(\.step))
  }

  private mutating func check(_ what: String, _ count: Int, _ limit: Int) {
    if count > limit { violations.append("\(count) \(what), and \(limit) are allowed") }
  }

  /// Tools that were called and have an effect, in the order of their intents.
  package var effects: [String] {
    events.filter { $0.kind == .toolStarted }.compactMap { event in
      guard let data = try? JSONDocument(parsing: event.data).root, data["effect"]?.string != "none" else {
        return nil
      }
      return data["tool"]?.string
    }
  }
}

extension JournalEvent {
  fileprivate var endsACall: Bool {
    switch kind {
    case .toolRejected, .handoffCompleted, .handoffRejected, .handoffSuperseded, .delegationFinished,
      .personReturned:
      true
    case .toolFinished: text("status") != "in_doubt"
    // A person knows that it happened, and nobody knows the result. What a plugin knows it tells in a `tool.finished`.
    case .toolResolved: text("as") == Resolution.happened.rawValue && text("by") == nil
    default: false
    }
  }

  private func text(_ key: String) -> String? { (try? JSONDocument(parsing: data))?.root[key]?.string }
}
