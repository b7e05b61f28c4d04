import JSONCodec
import Locking
import ToolContracts

/// The calls of one connection that may ask, or have asked, their client.
final class ParkedCalls: Sendable {
  /// Of calls that ended while their client had a question, so many answers are kept for it.
  private static let maxUnfetched = 256

  private struct State {
    var last: UInt64 = 0
    var calls: [UInt64: ParkedCall] = [:]
    /// Over, and not fetched; the oldest first.
    var unfetched: [UInt64] = []
  }
  private let state = Lock(State())
  let states = RequestState()

  func park(_ make: (UInt64) -> ParkedCall) -> ParkedCall {
    let number = state.withLock { state in
      state.last += 1
      return state.last
    }
    let call = make(number)
    state.withLock { $0.calls[number] = call }
    return call
  }

  func finish(_ call: ParkedCall, _ outcome: @escaping ParkedCall.Outcome) {
    call.finish(outcome)
    state.withLock { state in
      if call.isFetched { return state.calls[call.number] = nil }
      state.unfetched.append(call.number)
      if state.unfetched.count > Self.maxUnfetched { state.calls[state.unfetched.removeFirst()] = nil }
    }
  }

  /// A call that is not made after all.
  func forget(_ call: ParkedCall) { state.withLock { $0.calls[call.number] = nil } }

  /// The call that a client's state names, and which of its questions the state came with.
  func find(_ text: String, binding: [UInt8]) throws(ProtocolError) -> (call: ParkedCall, round: UInt64) {
    guard let words = states.verify(text, count: 2, binding: binding) else {
      throw .invalidParams("requestState does not belong to this request")
    }
    guard let call = state.withLock({ $0.calls[words[0]] }) else {
      throw .alreadyAnswered
    }
    return (call, words[1])
  }

  /// After a request was given to a call: one that is over and has no more to say is forgotten.
  func sweep(_ call: ParkedCall) {
    state.withLock { state in
      guard call.isFetched, let index = state.unfetched.firstIndex(of: call.number) else { return }
      state.unfetched.remove(at: index)
      state.calls[call.number] = nil
    }
  }

  /// Nobody can bring an answer any more.
  func cancelUnattended() {
    for call in state.withLock({ Array($0.calls.values) }) where call.isUnattended {
      call.cancellation.cancel()
    }
  }
}

extension ProtocolError {
  static let alreadyAnswered = ProtocolError.invalidParams(
    "this call has had its answer; call again without requestState")
}
