import Locking
import ToolContracts

/// The runs that this process works on. A lease alone does not tell: another host may have taken it over from one of them that
/// hung and given it back since, and once this process claimed the run again, both would write it under one fencing token.
final class HeldRuns: Sendable {
  private let runs = Lock<Set<RunID>>([])

  /// - Returns: whether nobody here had it; then `giveBack` is owed.
  func take(_ run: RunID) -> Bool { runs.withLock { $0.insert(run).inserted } }
  func giveBack(_ run: RunID) { runs.withLock { _ = $0.remove(run) } }
}
