import JSONRPC
import Locking
import ToolContracts

/// The requests of one connection that are not answered yet. A request that its client cancelled is no longer among them,
/// even if its work still goes on.
final class OpenRequests: Sendable {
  private let cancellations = Lock<[RequestID: Cancellation]>([:])

  func contains(_ id: RequestID) -> Bool { cancellations.withLock { $0[id] != nil } }

  /// - Parameter id: is not in use. Only the one who reads requests opens them.
  func open(_ id: RequestID, _ cancellation: Cancellation) {
    cancellations.withLock { $0[id] = cancellation }
  }

  /// - Returns: whether the answer is still wanted.
  func close(_ id: RequestID, _ cancellation: Cancellation) -> Bool {
    cancellations.withLock { open in
      // The id may be in use again, for a later request.
      guard open[id] === cancellation else { return false }
      open[id] = nil
      return true
    }
  }

  /// The client takes its request back.
  ///
  /// - Returns: false where no such request is open.
  func cancel(_ id: RequestID) -> Bool {
    let cancellation = cancellations.withLock { $0.removeValue(forKey: id) }
    cancellation?.cancel()
    return cancellation != nil
  }

  /// The server gives up: the requests stay open, and are answered with what came of them.
  func stopAll() {
    for cancellation in cancellations.withLock({ Array($0.values) }) { cancellation.cancel() }
  }
}
