import Locking
import ToolContracts

/// Asks the client of a call, and lets another request of the connection have the call's place until it has answered.
final class LendingAsker: InquiryPort {
  private struct State {
    var open = 0
    var isAway = false
    /// The call is over: nothing is lent any more.
    var isOver = false
  }
  private let state = Lock(State())
  private let asker: any InquiryPort
  private let requests: RequestQueue<OpenRequest>
  private let run: @Sendable (OpenRequest) -> Void

  /// - Parameter run: works on a request that has the place now; must not block.
  init(
    _ asker: any InquiryPort, _ requests: RequestQueue<OpenRequest>,
    run: @escaping @Sendable (OpenRequest) -> Void
  ) {
    self.asker = asker
    self.requests = requests
    self.run = run
  }

  func ask(
    _ inquiries: [Inquiry], until over: Cancellation, reply: @escaping @Sendable ([InquiryAnswer]) -> Void
  ) -> CallStatus {
    let question = Lock(true)
    let close: @Sendable () -> Void = { [self] in
      if question.withLock({ isOpen in
        defer { isOpen = false }
        return isOpen
      }) {
        closeOne()
      }
    }
    state.withLock { $0.open += 1 }
    let status = asker.ask(inquiries, until: over) { answers in
      close()
      reply(answers)
    }
    guard status == .ok else {
      close()
      return status
    }
    _ = over.addHandler(close)
    lend()
    return .ok
  }

  /// The call is over: it has its place until its request is.
  func end() {
    let wasAway = state.withLock { state in
      state.isOver = true
      defer { state.isAway = false }
      return state.isAway
    }
    if wasAway { requests.comeBack() }
  }

  private func lend() {
    let next = state.withLock { state -> OpenRequest? in
      guard state.open > 0, !state.isAway, !state.isOver else { return nil }
      let (isAway, next) = requests.goAway()
      state.isAway = isAway
      return next
    }
    if let next { run(next) }
  }

  private func closeOne() {
    let isBack = state.withLock { state in
      state.open -= 1
      guard state.open == 0, state.isAway else { return false }
      state.isAway = false
      return true
    }
    if isBack { requests.comeBack() }
  }
}
