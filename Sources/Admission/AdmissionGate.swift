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

  /// Hands the place to whoever waits longest.
  package func leave() {
    let heir: Waiter? = state.withLock { state in
      if let limit = state.policy.concurrency, state.running > limit {
        state.running -= 1
        return nil
      }
      guard !state.waiting.isEmpty else {
        state.running -= 1
        return nil
      }
      return state.waiting.removeFirst()
    }
    heir?.continuation.resume(returning: true)
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
