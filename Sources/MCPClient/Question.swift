import JSONCodec
import Locking

/// A request of this host's own that a thread waits for.
final class Question: Sendable {
  enum Answer: Sendable {
    case result(JSONView)
    case error(JSONView)
    /// It came, and was no answer.
    case unreadable
    /// The server is gone.
    case lost
  }
  private let state = Condition<Answer?>(nil)

  /// The first answer stays.
  func settle(_ answer: Answer) {
    state.withLock { state in if state == nil { state = answer } }
    state.broadcast()
  }

  /// Nil: not yet.
  var answer: Answer? { state.withLock { $0 } }

  /// - Returns: nil where the time is over first.
  func wait(nanoseconds: Int64) -> Answer? { state.wait(nanoseconds: nanoseconds) { $0 } }
}
