/// A run as a journal holds it, with what shows whether any of it was changed since.
package struct RecordedRun: Sendable, Equatable {
  package var summary: RunSummary
  package var events: [JournalEvent]
  /// One for each event; nil for those that a release wrote which had no digests yet.
  package var digests: [EventDigest?]
  /// The digest of the last event, kept apart from it: without it the end of a run could be cut off unseen.
  package var head: EventDigest?

  /// The newest claim of the run, whether it wrote anything or not.
  package var fence: UInt32

  package init(
    summary: RunSummary, events: [JournalEvent], digests: [EventDigest?], head: EventDigest?, fence: UInt32
  ) {
    self.summary = summary
    self.events = events
    self.digests = digests
    self.head = head
    self.fence = fence
  }

  /// How many of the first events have no digest.
  package var undigested: Int { digests.prefix { $0 == nil }.count }

  /// Holds every event against its digest.
  package func verify() throws(BrokenChain) {
    guard events.count == summary.eventCount, digests.count == events.count else {
      throw BrokenChain(
        sequence: nil, reason: "the run has \(events.count) events, and had \(summary.eventCount)")
    }
    var chain = EventChain()
    for (event, digest) in zip(events, digests).dropFirst(undigested) {
      guard chain.append(event) == digest else {
        throw BrokenChain(
          sequence: event.sequence, reason: "the event, or one before it, is not what was written")
      }
    }
    guard chain.head == head else {
      throw BrokenChain(sequence: nil, reason: "the run's last event is not the one that was written last")
    }
  }
}

/// A run that is not what was recorded.
package struct BrokenChain: Error, Sendable, Equatable {
  /// Of the first event that does not agree; nil where it is the end that does not.
  package var sequence: Int64?
  package var reason: String

  package init(sequence: Int64?, reason: String) {
    self.sequence = sequence
    self.reason = reason
  }

  package var message: String { sequence.map { "event \($0): \(reason)" } ?? reason }
}
