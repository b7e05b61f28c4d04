import JSONRPC
import Locking
import ToolContracts

/// What an interrupt means in a chat: it ends the turn that is under way, or the line that is being typed; never the chat.
final class ChatInterrupts: Sendable {
  /// Readable once somebody who types is interrupted.
  let wake = WakeDescriptor()
  private let turn = Lock<Cancellation?>(nil)

  /// - Returns: false where the turn was interrupted already and does not end.
  func interrupt() -> Bool {
    guard let turn = turn.withLock({ $0 }) else {
      wake.wake()
      return true
    }
    if turn.isCancelled { return false }
    turn.cancel()
    return true
  }

  /// Until `body` ends, an interrupt is its own.
  func during<Value, Failure: Error>(
    _ cancellation: Cancellation, _ body: () async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    turn.withLock { $0 = cancellation }
    defer { turn.withLock { $0 = nil } }
    return try await body()
  }
}
