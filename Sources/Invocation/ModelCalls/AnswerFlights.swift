import Locking
import Storage
import ToolContracts

/// The same question, asked several times at once: one call asks the model, the others wait for its answer. From any thread.
final class AnswerFlights: Sendable {
  enum Turn: Sendable {
    /// Asks, and owes `land`.
    case leads
    case answered([UInt8])
    /// Asks for itself: what the leader got is no answer for others.
    case alone
    /// Has waited long enough.
    case gaveUp
  }
  enum Landing: Sendable {
    case answered([UInt8])
    /// An answer, and none to be given twice.
    case unfit
    /// No answer: the next one asks.
    case failed
  }
  private struct Waiter {
    let ticket: Int
    let continuation: UnsafeContinuation<Turn, Never>
  }
  private struct State {
    /// In the order in which they came; no entry: nobody asks.
    var waiting: [AnswerKey: [Waiter]] = [:]
    var lastTicket = 0
  }
  private let state = Lock(State())

  /// Calls that wait, for whatever question.
  var waiterCount: Int { state.withLock { $0.waiting.values.reduce(0) { $0 + $1.count } } }

  /// - Returns: whether the caller asks; else it waits.
  func lead(_ key: AnswerKey) -> Bool {
    state.withLock { state in
      guard state.waiting[key] == nil else { return false }
      state.waiting[key] = []
      return true
    }
  }

  /// Resumed at once where nobody asks any more.
  ///
  /// - Returns: the ticket to give up with.
  func wait(for key: AnswerKey, _ continuation: UnsafeContinuation<Turn, Never>) -> Int {
    let ticket: Int? = state.withLock { state in
      guard state.waiting[key] != nil else {
        state.waiting[key] = []
        return nil
      }
      state.lastTicket += 1
      state.waiting[key]?.append(Waiter(ticket: state.lastTicket, continuation: continuation))
      return state.lastTicket
    }
    if ticket == nil { continuation.resume(returning: .leads) }
    return ticket ?? 0
  }

  /// Whoever was answered meanwhile stays it.
  func giveUp(_ ticket: Int, on key: AnswerKey) {
    let waiter = state.withLock { state -> Waiter? in
      guard let index = state.waiting[key]?.firstIndex(where: { $0.ticket == ticket }) else { return nil }
      return state.waiting[key]?.remove(at: index)
    }
    waiter?.continuation.resume(returning: .gaveUp)
  }

  func land(_ key: AnswerKey, _ landing: Landing) {
    let waiters = state.withLock { state -> [Waiter] in
      guard case .failed = landing, state.waiting[key]?.isEmpty == false else {
        return state.waiting.removeValue(forKey: key) ?? []
      }
      return (state.waiting[key]?.removeFirst()).map { [$0] } ?? []
    }
    for waiter in waiters {
      switch landing {
      case .answered(let json): waiter.continuation.resume(returning: .answered(json))
      case .unfit: waiter.continuation.resume(returning: .alone)
      case .failed: waiter.continuation.resume(returning: .leads)
      }
    }
  }
}
