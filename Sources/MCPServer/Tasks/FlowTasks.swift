import Locking
import ToolContracts

/// The tasks of one connection.
final class FlowTasks: Sendable {
  private static let maxRunning = 64
  private static let maxKept = 1024

  private let tasks = Lock<[RunID: FlowTask]>([:])

  /// - Returns: false where as many run as may.
  func add(_ task: FlowTask, now: Int64) -> Bool {
    tasks.withLock { tasks in
      tasks = tasks.filter { !$0.value.isExpired(at: now) }
      guard tasks.values.count(where: { !$0.isOver }) < Self.maxRunning else { return false }
      if tasks.count >= Self.maxKept, let oldest = tasks.filter({ $0.value.isOver }).keys.min() {
        tasks[oldest] = nil
      }
      tasks[task.run] = task
      return true
    }
  }

  subscript(run: RunID) -> FlowTask? { tasks.withLock { $0[run] } }

  /// The client is gone.
  func cancelAll() {
    for task in tasks.withLock({ Array($0.values) }) where !task.isOver { task.cancellation.cancel() }
  }
}
