import Admission
import ModelContracts
import ToolContracts

/// What is done about one model call, attempt by attempt. A value without clock, chance or calls.
struct ModelAttempts: Sendable, Equatable {
  enum Move: Sendable, Equatable {
    case ask(target: Int, afterNanoseconds: Int64)
    /// The newest failure is the outcome.
    case giveUp
  }
  private let policy: RetryPolicy
  private let targetCount: Int
  private(set) var target = 0
  /// Failed ones, of this target.
  private var failures = 0

  /// - Parameter targetCount: in the order in which they are tried; at least one.
  init(_ policy: RetryPolicy, targetCount: Int) {
    self.policy = policy
    self.targetCount = targetCount
  }

  /// - Parameters:
  ///   - isShown: somebody has seen a part of the answer.
  ///   - remaining: until the run's time is up, in nanoseconds.
  ///   - mayRepeat: asks the tenant's budget of repetitions, and counts one.
  mutating func failed(
    _ failure: InvocationFailure, isShown: Bool, remaining: Int64, random: UInt64, mayRepeat: () -> Bool
  ) -> Move {
    if isShown && !policy.restartsShownAnswers { return .giveUp }
    switch failure.reaction {
    case .end: return .giveUp
    case .tryAnother: return next()
    case .retry:
      failures += 1
      let retryAfter = failure.retryAfterMilliseconds.map { $0.multipliedReportingOverflow(by: 1_000_000) }
      let wait = Backoff(policy).wait(
        after: failures, retryAfter: retryAfter.map { $0.overflow ? .max : $0.partialValue }, random: random)
      guard failures < policy.attempts, let wait, wait < remaining, mayRepeat() else { return next() }
      return .ask(target: target, afterNanoseconds: wait)
    }
  }

  /// The target is left alone for the time being.
  mutating func refused() -> Move { next() }

  private mutating func next() -> Move {
    guard target + 1 < targetCount else { return .giveUp }
    target += 1
    failures = 0
    return .ask(target: target, afterNanoseconds: 0)
  }
}
