import Synchronization

extension LanePool {
  /// For a task that must wait for something outside of this process: while `body` keeps the thread, the pool counts it
  /// out and gives other work other threads. Not held to any deadline.
  package func blocking<Result>(_ body: () -> Result) -> Result {
    guard let lane = Lane.current, lane.pool === self else { return body() }
    if let job = lane.next {
      lane.next = nil
      push(.job(job))
    }
    lane.isInsidePlugin.store(true, ordering: .relaxed)
    defer { lane.isInsidePlugin.store(false, ordering: .relaxed) }
    return body()
  }
}
