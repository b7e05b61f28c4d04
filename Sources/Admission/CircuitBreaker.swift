package import ModelContracts
package import ToolContracts

/// Leaves alone what keeps failing, and tries it with one call at a time once some time has passed. A value without a clock.
package struct CircuitBreaker: Sendable, Equatable {
  private enum State: Equatable {
    case closed(failures: Int)
    case open(until: MonotonicTime)
    /// One call tries; whoever never reports back is forgotten after a while.
    case trying(since: MonotonicTime)
  }
  private var state = State.closed(failures: 0)

  package init() {}

  /// - Returns: nil where the call may be made, and reports what became of it; else after how many nanoseconds to ask again.
  package mutating func refuse(at now: MonotonicTime, _ policy: BreakerPolicy) -> Int64? {
    switch state {
    case .closed: return nil
    case .open(let end), .trying(let end):
      let due =
        if case .trying = state { end.advanced(by: policy.cooldownNanoseconds) } else { end }
      guard now >= due else { return now.nanoseconds(until: due) }
      state = .trying(since: now)
      return nil
    }
  }

  package mutating func succeeded() { state = .closed(failures: 0) }

  package mutating func failed(at now: MonotonicTime, _ policy: BreakerPolicy) {
    switch state {
    case .closed(let failures) where failures + 1 < policy.failures: state = .closed(failures: failures + 1)
    // What was begun before it opened keeps it open no longer.
    case .open: break
    case .closed, .trying: state = .open(until: now.advanced(by: policy.cooldownNanoseconds))
    }
  }

  /// The call was taken back, and says nothing about whom it was made to.
  package mutating func abandoned(at now: MonotonicTime) {
    if case .trying = state { state = .open(until: now) }
  }
}
