import JSONCodec
import JSONRPC
import Locking

extension Connection {
  /// Tells the client of a change, in every way in which it asked for it. A client that does not read is told later, and
  /// of each change only once.
  func tell(_ change: Change) {
    guard server.offer.tells(change) else { return }
    guard !writer.isCongested else {
      untold.withLock { _ = $0.insert(change) }
      return
    }
    streams.tell(change)
    if isWantedInSession(change) {
      writer.enqueue(
        Outgoing.notification(change.method) { writer in
          writer.beginObject()
          change.writeFields(to: &writer)
          writer.endObject()
        })
    }
    writer.flush()
  }

  func tellWhatIsUntold() {
    let changes = untold.withLock { untold in
      defer { untold = [] }
      return untold
    }
    for change in changes { tell(change) }
  }

  private func isWantedInSession(_ change: Change) -> Bool {
    session.withLock { session in
      guard let session, session.isReady else { return false }
      if case .resource(let uri) = change { return session.subscriptions.contains(uri) }
      return true
    }
  }
}
