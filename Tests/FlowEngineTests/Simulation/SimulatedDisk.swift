import JSONCodec
import Storage
import ToolContracts

/// What is left of the journal when its host is gone.
struct SimulatedDisk {
  private(set) var events: [JournalEvent] = []
  private var byRun: [RunID: [JournalEvent]] = [:]
  private var fences: [RunID: UInt32] = [:]

  func events(of run: RunID) -> [JournalEvent] { byRun[run] ?? [] }
  func fence(of run: RunID) -> UInt32 { fences[run] ?? 1 }
  var runs: [RunID] { byRun.keys.sorted() }
  /// Those without their last event.
  var unfinished: [RunID] { runs.filter { !events(of: $0).contains { $0.isEnd } } }

  mutating func append(_ appended: [JournalEvent]) {
    for var event in appended {
      event.sequence = Int64(events.count) + 1
      event.fence = fence(of: event.run)
      events.append(event)
      byRun[event.run, default: []].append(event)
    }
  }

  mutating func claim(_ run: RunID) -> UInt32 {
    fences[run] = fence(of: run) + 1
    return fence(of: run)
  }

  func record(of run: RunID) -> RecordedRun? {
    let events = events(of: run)
    guard let projection = RunProjection(events) else { return nil }
    var chain = EventChain()
    let digests = events.map { chain.append($0) }
    return RecordedRun(
      summary: projection.summary, events: events, digests: digests, head: chain.head, fence: fence(of: run))
  }

  // MARK: What it says of one call

  func hasIntent(of call: CallID) -> Bool {
    events(of: call.run).contains { $0.step == call.step && $0.kind == .toolStarted }
  }

  /// A result, or that there will be none; not that it is in doubt.
  func hasOutcome(of call: CallID) -> Bool {
    events(of: call.run).contains { $0.step == call.step && $0.isOutcome }
  }

  /// A model call whose newest attempt has an outcome that nothing followed.
  ///
  /// - Parameter fence: of the newest host that counts.
  func isSettled(_ call: CallID, by fence: UInt32) -> Bool {
    events(of: call.run).last { event in
      event.step == call.step && event.fence <= fence
        && [.modelCompleted, .modelRetried].contains(event.kind)
    }?.kind == .modelCompleted
  }
}

extension JournalEvent {
  var json: JSONValue { (try? JSONValue(parsing: data)) ?? .null }

  var isEnd: Bool { kind == .runFinished || kind == .runFailed }

  var isOutcome: Bool {
    switch kind {
    case .toolFinished: json["status"]?.string != "in_doubt"
    case .modelCompleted, .toolRejected: true
    default: false
    }
  }
}
