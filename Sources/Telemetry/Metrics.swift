import Locking

/// The process's counters, gauges and histograms by name and labels. Made once by the composition root and handed down.
///
/// Asking takes a lock: ask when something is set up, keep the instrument, and use that on the hot path.
package final class Metrics: Sendable {
  private let instruments = Lock<[MetricName: Instrument]>([:])

  package init() {}

  private enum Instrument: Sendable {
    case counter(Counter)
    case gauge(Gauge)
    case histogram(Histogram)
  }

  /// One name stands for one kind of instrument; asked for as another kind, it gives one that no snapshot shows.
  package func counter(_ name: String, _ labels: [String: String] = [:]) -> Counter {
    guard case .counter(let counter) = instrument(name, labels, orNew: .counter(Counter())) else {
      return Counter()
    }
    return counter
  }

  package func gauge(_ name: String, _ labels: [String: String] = [:]) -> Gauge {
    guard case .gauge(let gauge) = instrument(name, labels, orNew: .gauge(Gauge())) else { return Gauge() }
    return gauge
  }

  package func histogram(_ name: String, _ labels: [String: String] = [:]) -> Histogram {
    guard case .histogram(let known) = instrument(name, labels, orNew: .histogram(Histogram())) else {
      return Histogram()
    }
    return known
  }

  private func instrument(
    _ name: String, _ labels: [String: String], orNew new: @autoclosure () -> Instrument
  ) -> Instrument {
    let name = MetricName(name, labels)
    return instruments.withLock { instruments in
      if let known = instruments[name] { return known }
      let made = new()
      instruments[name] = made
      return made
    }
  }

  /// Every instrument and what it shows now, sorted by name and labels.
  package func snapshot() -> [MetricSample] {
    let now = instruments.withLock { $0 }
    return now.map { name, instrument in
      switch instrument {
      case .counter(let counter): MetricSample(name: name, value: .counter(counter.value))
      case .gauge(let gauge): MetricSample(name: name, value: .gauge(gauge.value))
      case .histogram(let histogram): MetricSample(name: name, value: .histogram(histogram.snapshot()))
      }
    }.sorted { $0.name < $1.name }
  }
}

package struct MetricName: Hashable, Sendable, Comparable {
  package let name: String
  /// Sorted by key.
  package let labels: [Label]

  package struct Label: Hashable, Sendable {
    package let key: String
    package let value: String
  }

  init(_ name: String, _ labels: [String: String]) {
    self.name = name
    self.labels = labels.sorted { $0.key < $1.key }.map { Label(key: $0.key, value: $0.value) }
  }

  package static func < (left: MetricName, right: MetricName) -> Bool {
    guard left.name == right.name else { return left.name < right.name }
    return left.labels.lexicographicallyPrecedes(right.labels) { ($0.key, $0.value) < ($1.key, $1.value) }
  }
}

package struct MetricSample: Sendable, Equatable {
  package enum Value: Sendable, Equatable {
    case counter(UInt64)
    case gauge(Int64)
    case histogram(HistogramSnapshot)
  }
  package let name: MetricName
  package let value: Value
}
