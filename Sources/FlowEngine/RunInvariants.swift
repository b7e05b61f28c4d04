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
    check("model calls", events.count { $0.kind == .modelRequested && $0.turn > 0 }, limits.maxTurns + 1)
    check("tool calls", calls(.toolStarted).count, limits.maxToolCalls)
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
      let count = events.count { $0.step == call.step && $0.kind.endsACall }
      if count != 1 { violations.append("call \(call.step ?? 0) has \(count) results") }
    }
  }

  /// What was begun has an outcome.
  private mutating func checkIntents() {
    for (intent, outcome) in [
      (JournalEvent.Kind.toolStarted, JournalEvent.Kind.toolFinished),
      (.modelRequested, .modelCompleted),
    ] {
      let ended = calls(outcome)
      for step in calls(intent) where !ended.contains(step) {
        violations.append("step \(step) was begun and has no outcome")
      }
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

  private func calls(_ kind: JournalEvent.Kind) -> Set<UInt32> {
    Set(events.filter { $0.kind == kind }.compactMap(\.step))
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

extension JournalEvent.Kind {
  fileprivate var endsACall: Bool {
    [
      .toolFinished, .toolRejected, .handoffCompleted, .handoffRejected, .handoffSuperseded,
      .delegationFinished,
    ].contains(self)
  }
}
