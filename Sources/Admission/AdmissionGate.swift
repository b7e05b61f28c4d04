import Locking
package import ToolContracts

/// What a gate says to a call.
package enum Admission: Sendable, Equatable {
  /// `leave` is owed.
  case admitted
  case rateLimited(retryAfterNanoseconds: Int64)
  /// As many calls as may are running.
  case full
}

/// The limits of one tenant's calls of one function, and how much of them is used. From any thread.
package final class AdmissionGate: Sendable {
  private struct Waiter {
    let ticket: Int
    let continuation: UnsafeContinuation<Bool, Never>
  }
  private struct State {
    var policy: LimitPolicy
    var rate: RateLimiter?
    var running = 0
    var nextTicket = 0
    var waiting: [Waiter] = []
    /// Those that had a place, gave it away for a while and want one again.
    var returning: [@Sendable () -> Void] = []
  }
  private let state: Lock<State>

  package init(_ policy: LimitPolicy) {
    state = Lock(State(policy: policy, rate: policy.rate.map(RateLimiter.init)))
  }

  /// The place is asked for first: a call that finds none does not spend rate.
  package func enter(at now: MonotonicTime) -> Admission {
    state.withLock { state in
      if let limit = state.policy.concurrency, state.running >= limit { return .full }
      if let wait = state.rate?.refuse(at: now) { return .rateLimited(retryAfterNanoseconds: wait) }
      state.running += 1
      return .admitted
    }
  }

  /// For a call that has waited and was given a place. Where the rate refuses it, the place is given up.
  package func enterFromQueue(at now: MonotonicTime) -> Admission {
    let wait = state.withLock { $0.rate?.refuse(at: now) }
    guard let wait else { return .admitted }
    leave()
    return .rateLimited(retryAfterNanoseconds: wait)
  }

  package enum Line: Sendable, Equatable {
    case placed
    case waiting(ticket: Int)
    /// Too many wait already.
    case tooLong
  }

  /// Lines up for a place. Where the answer is `waiting`, `continuation` is resumed with true once the call has a place,
  /// with false by `giveUp`; otherwise it is not resumed.
  package func lineUp(_ continuation: UnsafeContinuation<Bool, Never>) -> Line {
    state.withLock { state in
      guard let limit = state.policy.concurrency, state.running >= limit else {
        state.running += 1
        return .placed
      }
      guard state.waiting.count < state.policy.maxWaiting else { return .tooLong }
      state.nextTicket += 1
      state.waiting.append(Waiter(ticket: state.nextTicket, continuation: continuation))
      return .waiting(ticket: state.nextTicket)
    }
  }

  /// Leaves the line; too late where the place was already given.
  package func giveUp(_ ticket: Int) {
    let waiter: Waiter? = state.withLock { state in
      guard let index = state.waiting.firstIndex(where: { $0.ticket == ticket }) else { return nil }
      return state.waiting.remove(at: index)
    }
    waiter?.continuation.resume(returning: false)
  }

  private enum Heir {
    case newcomer(Waiter)
    case returning(@Sendable () -> Void)
  }

  /// Hands the place to whoever waits longest, before all others to those that had one already.
  package func leave() {
    let heir: Heir? = state.withLock { state in
      if let limit = state.policy.concurrency, state.running > limit {
        state.running -= 1
        return nil
      }
      if !state.returning.isEmpty { return .returning(state.returning.removeFirst()) }
      guard !state.waiting.isEmpty else {
        state.running -= 1
        return nil
      }
      return .newcomer(state.waiting.removeFirst())
    }
    switch heir {
    case .newcomer(let waiter): waiter.continuation.resume(returning: true)
    case .returning(let body): body()
    case nil: break
    }
  }

  /// Takes a place again that was left while the call had nothing to do.
  ///
  /// - Parameter later: called once there is a place, by whoever leaves it; must not block, and take no lock that is held
  ///   while a place is left.
  /// - Returns: whether there is one now; then `later` is not called.
  package func comeBack(later: @escaping @Sendable () -> Void) -> Bool {
    state.withLock { state in
      if let limit = state.policy.concurrency, state.running >= limit {
        state.returning.append(later)
        return false
      }
      state.running += 1
      return true
    }
  }

  package var running: Int { state.withLock { $0.running } }

  /// Takes over new limits; what runs goes on, and a rate that stays the same keeps its history.
  package func adopt(_ policy: LimitPolicy) {
    state.withLock { state in
      if state.policy.rate != policy.rate { state.rate = policy.rate.map(RateLimiter.init) }
      state.policy = policy
    }
  }
}

/// All gates, by tenant and function. Outlives the registry's snapshots, so that a reload gives nobody a fresh burst.
package final class AdmissionGates: Sendable {
  private struct Key: Hashable {
    let tenant: TenantID
    let tool: ToolName
  }
  private let gates = Lock<[Key: AdmissionGate]>([:])

  package init() {}

  /// - Parameter policy: of a new gate. One that is there keeps its own until it adopts another.
  package func gate(for tool: ToolName, of tenant: TenantID, policy: LimitPolicy) -> AdmissionGate {
    gates.withLock { gates in
      let key = Key(tenant: tenant, tool: tool)
      if let gate = gates[key] { return gate }
      let gate = AdmissionGate(policy)
      gates[key] = gate
      return gate
    }
  }
}
