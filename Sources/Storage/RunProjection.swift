import JSONCodec
import ToolContracts

/// What the list of runs tells of one run, kept up to date event by event. Every journal shows its runs through this, so
/// that all of them tell the same.
///
/// A run that begins with `run.started` is a flow: it is named by `data.name` and ends with `run.finished` or
/// `run.failed`. One that begins with anything else is a call made outside of a flow: it is named by `data.tool` and ends
/// with its `tool.finished`, `tool.rejected` or `model.completed`, as `data.status` says.
package struct RunProjection: Sendable, Equatable {
  package enum Subject: String, Sendable {
    case flow
    case call
  }
  package let subject: Subject
  package private(set) var summary: RunSummary
  /// A limit has been reached; the run may still say its last words.
  package private(set) var reachedLimit: Bool

  /// As it was stored.
  package init(subject: Subject, summary: RunSummary, reachedLimit: Bool) {
    self.subject = subject
    self.summary = summary
    self.reachedLimit = reachedLimit
  }

  /// The run that begins with this event.
  package init(first event: JournalEvent) {
    subject = event.kind == .runStarted ? .flow : .call
    summary = RunSummary(
      run: event.run, tenant: event.tenant, name: event.text(at: subject == .flow ? "name" : "tool") ?? "",
      status: .open, started: event.time, finished: nil, eventCount: 0)
    if subject == .flow {
      summary.conversation = event.text(at: "conversation").flatMap { ConversationID($0) }
      summary.user = event.text(at: "user") ?? ""
    }
    reachedLimit = false
    record(event)
  }

  /// - Returns: nil where there are none.
  package init?(_ events: [JournalEvent]) {
    guard let first = events.first else { return nil }
    self.init(first: first)
    for event in events.dropFirst() { record(event) }
  }

  package mutating func record(_ event: JournalEvent) {
    summary.eventCount += 1
    summary.byteCount += event.data.count
    if event.kind == .runLimitReached { reachedLimit = true }
    if subject == .flow, event.kind == .toolFinished, event.text(at: "status") == "in_doubt" {
      summary.status = .inDoubt
    } else if event.kind == .approvalRequested {
      summary.status = .awaitingApproval
    } else if event.kind == .personRequested {
      summary.status = .awaitingPerson
    } else if event.kind == .turnWithdrawn, summary.finished != nil {
      summary.status = .withdrawn
    } else if [.toolResolved, .approvalDecided, .approvalExpired, .personReturned].contains(event.kind) {
      // Unless there is more to decide.
      summary.status = event.text(at: "waits").flatMap(RunSummary.Status.init) ?? .open
    } else if let outcome = outcome(of: event) {
      summary.status = outcome
      summary.finished = event.time
    }
  }

  /// Nil for an event that does not end the run.
  private func outcome(of event: JournalEvent) -> RunSummary.Status? {
    switch (subject, event.kind) {
    case (.flow, .runFailed): .failed
    case (.flow, .runFinished):
      if event.text(at: "outcome") == "cancelled" {
        .cancelled
      } else {
        reachedLimit ? .limitReached : .succeeded
      }
    case (.call, .toolFinished), (.call, .toolRejected), (.call, .modelCompleted):
      switch event.text(at: "status") {
      case "ok": .succeeded
      case "cancelled": .cancelled
      default: .failed
      }
    default: nil
    }
  }
}

extension JournalEvent {
  /// A string of `data`; nil where there is none.
  fileprivate func text(at key: String) -> String? {
    // `data` comes from this host. Where it is broken all the same, the run is still listed, without a name.
    guard let document = try? JSONDocument(parsing: data) else { return nil }
    return document.root[key]?.string
  }
}
