import Admission
import Locking
import ModelContracts
import ToolContracts

/// How models have been doing of late, by tenant: no tenant's trouble is another's. From any thread.
final class ModelHealth: Sendable {
  private struct Key: Hashable {
    let tenant: TenantID
    let provider: String
    let model: String
  }
  private struct State {
    var breakers: [Key: CircuitBreaker] = [:]
    var budgets: [TenantID: RetryBudget] = [:]
  }
  /// Models that nobody has asked for long are forgotten in bulk; a run names few.
  private static let most = 4096
  private let state = Lock(State())

  /// A model call begins, whatever it takes to have it answered.
  func begin(for tenant: TenantID, _ policy: ModelPolicy) {
    state.withLock { $0.budgets[tenant, default: RetryBudget()].attempted(policy.retryBudget) }
  }

  /// - Returns: nil where the model may be asked, and `report` is owed; else after how many nanoseconds to ask again.
  func refuse(
    _ target: ModelTarget, of tenant: TenantID, at now: MonotonicTime, _ policy: ModelPolicy
  ) -> Int64? {
    state.withLock { state in
      if state.breakers.count > Self.most { state.breakers = [:] }
      return state.breakers[key(target, tenant)]?.refuse(at: now, policy.breaker)
    }
  }

  /// What became of a call that was not refused; nil: it was answered.
  func report(
    _ failure: InvocationFailure?, of target: ModelTarget, for tenant: TenantID, at now: MonotonicTime,
    _ policy: ModelPolicy
  ) {
    state.withLock { state in
      var breaker = state.breakers[key(target, tenant)] ?? CircuitBreaker()
      switch failure {
      case nil: breaker.succeeded()
      case let failure? where failure.speaksAgainstModel: breaker.failed(at: now, policy.breaker)
      // It is there, and says so.
      case let failure? where failure.trouble != nil: breaker.succeeded()
      case _?: breaker.abandoned(at: now)
      }
      state.breakers[key(target, tenant)] = breaker
    }
  }

  /// A call that was not refused was never made.
  func abandon(_ target: ModelTarget, for tenant: TenantID, at now: MonotonicTime) {
    state.withLock { $0.breakers[key(target, tenant)]?.abandoned(at: now) }
  }

  func mayRepeat(for tenant: TenantID, _ policy: ModelPolicy) -> Bool {
    state.withLock { $0.budgets[tenant, default: RetryBudget()].take(policy.retryBudget) }
  }

  private func key(_ target: ModelTarget, _ tenant: TenantID) -> Key {
    Key(tenant: tenant, provider: target.provider, model: target.name)
  }
}
