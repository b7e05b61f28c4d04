import Synchronization

/// How often which values occurred: nanoseconds, bytes. From any thread, without a lock.
///
/// The buckets are fixed: exact below 8, then 8 to each doubling, so that a quantile read from them is at most one
/// eighth too high. About 4 KB each.
package final class Histogram: Sendable {
  private static let bucketCount = (64 - 3) * 8 + 8
  // nonisolated(unsafe): the pointer never changes, and what it points to are atomics.
  private nonisolated(unsafe) let buckets: UnsafeMutablePointer<Atomic<UInt64>>
  private let sum = Atomic<UInt64>(0)

  package init() {
    buckets = .allocate(capacity: Histogram.bucketCount)
    for index in 0..<Histogram.bucketCount { (buckets + index).initialize(to: Atomic(0)) }
  }

  deinit {
    buckets.deinitialize(count: Histogram.bucketCount)
    buckets.deallocate()
  }

  package func record(_ value: UInt64) {
    buckets[Histogram.bucket(of: value)].add(1, ordering: .relaxed)
    sum.add(value, ordering: .relaxed)
  }

  /// Recordings that are made meanwhile may be in it or not.
  package func snapshot() -> HistogramSnapshot {
    var counts: [HistogramSnapshot.Bucket] = []
    for index in 0..<Histogram.bucketCount {
      let count = buckets[index].load(ordering: .relaxed)
      if count > 0 { counts.append(.init(upperBound: Histogram.upperBound(of: index), count: count)) }
    }
    return HistogramSnapshot(buckets: counts, sum: sum.load(ordering: .relaxed))
  }

  private static func bucket(of value: UInt64) -> Int {
    guard value >= 8 else { return Int(value) }
    let exponent = 63 - value.leadingZeroBitCount
    return (exponent - 2) * 8 + Int((value >> UInt64(exponent - 3)) & 7)
  }

  /// The largest value that is counted there.
  private static func upperBound(of bucket: Int) -> UInt64 {
    guard bucket >= 8 else { return UInt64(bucket) }
    let exponent = UInt64(bucket / 8 + 2)
    return ((8 + UInt64(bucket % 8)) << (exponent - 3)) | ((1 << (exponent - 3)) - 1)
  }
}

/// What a histogram held at one moment.
package struct HistogramSnapshot: Sendable, Equatable {
  package struct Bucket: Sendable, Equatable {
    /// Inclusive.
    package let upperBound: UInt64
    package let count: UInt64
  }
  /// Those that are not empty, rising.
  package let buckets: [Bucket]
  /// Of all values; wraps around after 2^64.
  package let sum: UInt64

  package var count: UInt64 { buckets.reduce(0) { $0 + $1.count } }

  /// The value that a share of all values does not exceed, at most one eighth too high; 0 where there are none.
  ///
  /// - Parameter share: 0.5 for the median; clamped to 0…1.
  package func quantile(_ share: Double) -> UInt64 {
    let wanted = (min(max(share, 0), 1) * Double(count)).rounded(.up)
    var seen: UInt64 = 0
    for bucket in buckets {
      seen += bucket.count
      if Double(seen) >= wanted { return bucket.upperBound }
    }
    return 0
  }
}
