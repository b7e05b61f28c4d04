import Locking
package import ToolContracts

/// Who may go on with a run: one process at a time. A process that dies gives its leases back by dying.
package protocol RunLeases: Sendable {
  /// - Parameter takingOver: from somebody who has it and hangs. Only the journal's fence makes that safe: whoever had it
  ///   may wake up.
  /// - Returns: nil where somebody has it.
  func claim(_ run: RunID, takingOver: Bool) throws(StorageFailure) -> (any RunLease)?

  /// Whether somebody has it now.
  func isHeld(_ run: RunID) -> Bool

  /// Asks whoever has the run, or has it next, to end it. Stands until the run's lease is released.
  func requestCancellation(of run: RunID) throws(StorageFailure)

  /// The runs that were asked to be ended, whoever has them. Brief: it is looked several times a second.
  func cancellationRequests() -> [RunID]
}

extension RunLeases {
  package func claim(_ run: RunID) throws(StorageFailure) -> (any RunLease)? {
    try claim(run, takingOver: false)
  }
}

/// The right to go on with one run, until `release`.
package protocol RunLease: Sendable {
  func release()
}

/// Leases within one process: for a journal that no other process has.
package final class MemoryRunLeases: RunLeases {
  private struct State {
    /// By the lease that holds it: one that was taken over holds it no more.
    var holders: [RunID: Int] = [:]
    var nextHolder = 0
    var requests: Set<RunID> = []
  }
  private let state = Lock(State())

  package init() {}

  package func claim(_ run: RunID, takingOver: Bool) -> (any RunLease)? {
    state.withLock { state in
      guard takingOver || state.holders[run] == nil else { return nil }
      state.nextHolder += 1
      state.holders[run] = state.nextHolder
      return Lease(run: run, holder: state.nextHolder, leases: self)
    }
  }

  package func isHeld(_ run: RunID) -> Bool { state.withLock { $0.holders[run] != nil } }

  package func requestCancellation(of run: RunID) { state.withLock { _ = $0.requests.insert(run) } }
  package func cancellationRequests() -> [RunID] { state.withLock { Array($0.requests) } }

  private struct Lease: RunLease {
    let run: RunID
    let holder: Int
    let leases: MemoryRunLeases

    func release() {
      leases.state.withLock { state in
        guard state.holders[run] == holder else { return }
        state.holders[run] = nil
        state.requests.remove(run)
      }
    }
  }
}
