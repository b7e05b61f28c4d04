import JSONCodec
import JSONRPC
import Locking

/// Tells a client what it wanted to hear while its request is worked on, and nothing once that is answered.
final class RequestNotifier: Sendable {
  private struct State {
    var lastProgress = -Double.infinity
    var isClosed = false
  }
  private let token: RequestID?
  private let threshold: MessageLevel?
  private let revision: Revision
  private let writer: FrameWriter
  private let state = Lock(State())

  /// - Parameters:
  ///   - token: nil: no progress is wanted.
  ///   - threshold: nil: no messages are wanted.
  /// - Returns: nil where nothing is wanted.
  init?(token: RequestID?, threshold: MessageLevel?, revision: Revision, writer: FrameWriter) {
    guard token != nil || threshold != nil else { return nil }
    self.token = token
    self.threshold = threshold
    self.revision = revision
    self.writer = writer
  }

  /// Only what rises is sent.
  ///
  /// - Parameter total: nil where it is not known.
  func progress(_ done: Double, of total: Double?, _ note: String) {
    guard let token, done.isFinite else { return }
    let frame = Outgoing.notification("notifications/progress") { writer in
      writer.beginObject()
      writer.key("progressToken")
      token.write(to: &writer)
      writer.field("progress", done)
      if let total, total.isFinite { writer.field("total", total) }
      if revision.hasProgressMessages, !note.isEmpty { writer.field("message", note) }
      writer.endObject()
    }
    send(frame) { state in
      defer { state.lastProgress = max(state.lastProgress, done) }
      return done > state.lastProgress
    }
  }

  /// The next step of something whose steps are counted.
  func step(_ note: String) {
    progress(state.withLock { max(0, $0.lastProgress) + 1 }, of: nil, note)
  }

  /// - Parameter data: any JSON value.
  func message(_ level: MessageLevel, from logger: String, _ data: JSONValue) {
    guard let threshold, level >= threshold else { return }
    let frame = Outgoing.notification("notifications/message") { writer in
      writer.beginObject()
      writer.field("level", level.rawValue)
      writer.field("logger", logger)
      writer.field("data", data)
      writer.endObject()
    }
    send(frame) { _ in true }
  }

  func close() { state.withLock { $0.isClosed = true } }

  private func send(_ frame: [UInt8], ifWanted isWanted: (inout State) -> Bool) {
    // Enqueued under the lock: `close` must not come between the question and the frame.
    let isSent = state.withLock { state in
      guard !state.isClosed, isWanted(&state) else { return false }
      writer.enqueue(frame, isDroppable: true)
      return true
    }
    if isSent { writer.flush() }
  }
}

/// Whoever hears of a request's work at the moment: the notifier of the request, or of the one that took its place.
final class RequestListener: Sendable {
  private let current: Lock<RequestNotifier>

  init(_ notifier: RequestNotifier) { current = Lock(notifier) }

  func turn(to next: RequestListener) {
    let notifier = next.current.withLock { $0 }
    current.withLock { $0 = notifier }
  }

  func progress(_ done: Double, of total: Double?, _ note: String) {
    current.withLock { $0 }.progress(done, of: total, note)
  }

  func step(_ note: String) { current.withLock { $0 }.step(note) }

  func message(_ level: MessageLevel, from logger: String, _ data: JSONValue) {
    current.withLock { $0 }.message(level, from: logger, data)
  }

  func close() { current.withLock { $0 }.close() }
}
