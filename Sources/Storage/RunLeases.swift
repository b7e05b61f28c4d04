import Locking
package import ToolContracts

/// Who may go on with a run: one process at a time. A process that dies gives its leases back by dying.
package protocol RunLeases: Sendable {
  /// - Returns: nil where somebody has it.
  func claim(_ run: RunID) throws(StorageFailure) -> (any RunLease)?
}

/// The right to go on with one run, until `release`.
package protocol RunLease: Sendable {
  func release()
}

/// Leases within one process: for a journal that no other process has.
package final class MemoryRunLeases: RunLeases {
  private let claimed = Lock<Set<RunID>>([])

  package init() {}

  package func claim(_ run: RunID) -> (any RunLease)? {
    claimed.withLock { $0.insert(run).inserted } ? Lease(run: run, leases: self) : nil
  }

  private struct Lease: RunLease {
    let run: RunID
    let leases: MemoryRunLeases
    func release() { leases.claimed.withLock { _ = $0.remove(run) } }
  }
}
