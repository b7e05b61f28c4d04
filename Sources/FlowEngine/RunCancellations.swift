import Invocation
import Locking
import Storage
import ToolContracts

/// The runs that are going on here, and whether another process has asked for the end of one.
final class RunCancellations: Sendable {
  /// How long a request may go unseen.
  static let lookNanoseconds: Int64 = 100_000_000

  private struct State {
    var held: [RunID: Cancellation] = [:]
    /// There is a next look.
    var isWatching = false
  }
  private let state = Lock(State())
  private let leases: any RunLeases
  private let lanes: LanePool
  private let time: any TimeSource

  init(leases: any RunLeases, lanes: LanePool, time: any TimeSource) {
    self.leases = leases
    self.lanes = lanes
    self.time = time
  }

  func watch(_ run: RunID, _ cancellation: Cancellation) {
    let begins = state.withLock { state in
      state.held[run] = cancellation
      defer { state.isWatching = true }
      return !state.isWatching
    }
    if begins { scheduleLook() }
  }

  func forget(_ run: RunID) { state.withLock { _ = $0.held.removeValue(forKey: run) } }

  private func scheduleLook() {
    _ = lanes.schedule(at: time.now().advanced(by: RunCancellations.lookNanoseconds)) { [weak self] in
      self?.look()
    }
  }

  private func look() {
    let goesOn = state.withLock { state in
      state.isWatching = !state.held.isEmpty
      return state.isWatching
    }
    guard goesOn else { return }
    let requested = leases.cancellationRequests()
    if !requested.isEmpty {
      let cancellations = state.withLock { state in requested.compactMap { state.held[$0] } }
      for cancellation in cancellations { cancellation.cancel() }
    }
    scheduleLook()
  }
}
