import Synchronization

/// A number that only rises. From any thread, without a lock.
package final class Counter: Sendable {
  private let total = Atomic<UInt64>(0)

  package init() {}

  package func add(_ count: UInt64 = 1) { total.add(count, ordering: .relaxed) }
  package var value: UInt64 { total.load(ordering: .relaxed) }
}

/// A number that rises and falls: calls running now, lanes alive.
package final class Gauge: Sendable {
  private let level = Atomic<Int64>(0)

  package init() {}

  package func add(_ change: Int64) { level.add(change, ordering: .relaxed) }
  package func set(_ value: Int64) { level.store(value, ordering: .relaxed) }
  package var value: Int64 { level.load(ordering: .relaxed) }
}
