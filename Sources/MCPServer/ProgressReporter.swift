import JSONCodec
import JSONRPC
import Locking

/// Tells a client how far its request has come: only rising values, and nothing once the request is answered.
final class ProgressReporter: Sendable {
  private struct State {
    var last = -Double.infinity
    var isClosed = false
  }
  private let token: RequestID
  private let revision: Revision
  private let writer: FrameWriter
  private let state = Lock(State())

  init(token: RequestID, revision: Revision, writer: FrameWriter) {
    self.token = token
    self.revision = revision
    self.writer = writer
  }

  /// - Parameter total: nil where it is not known.
  func report(_ progress: Double, of total: Double?, _ message: String) {
    guard progress.isFinite else { return }
    let frame = Outgoing.notification("notifications/progress") { writer in
      writer.beginObject()
      writer.key("progressToken")
      token.write(to: &writer)
      writer.field("progress", progress)
      if let total, total.isFinite { writer.field("total", total) }
      if revision.hasProgressMessages, !message.isEmpty { writer.field("message", message) }
      writer.endObject()
    }
    // Enqueued under the lock: `close` must not come between the question and the frame.
    let isSent = state.withLock { state in
      guard !state.isClosed, progress > state.last else { return false }
      state.last = progress
      writer.enqueue(frame, isDroppable: true)
      return true
    }
    if isSent { writer.flush() }
  }

  /// The next step of something whose steps are counted.
  func step(_ message: String) {
    report(state.withLock { max(0, $0.last) + 1 }, of: nil, message)
  }

  func close() { state.withLock { $0.isClosed = true } }
}
