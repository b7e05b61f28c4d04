import Telemetry
import Testing

struct MetricsTests {
  @Test func oneNameWithTheSameLabelsIsOneInstrument() {
    let metrics = Metrics()
    metrics.counter("calls", ["tool": "calc.evaluate", "tenant": "acme"]).add(2)
    metrics.counter("calls", ["tenant": "acme", "tool": "calc.evaluate"]).add()
    metrics.counter("calls", ["tenant": "globex", "tool": "calc.evaluate"]).add(7)
    #expect(metrics.snapshot().map(\.value) == [.counter(3), .counter(7)])
  }

  @Test func aNameAskedForAsAnotherKindDisturbsNothing() {
    let metrics = Metrics()
    metrics.counter("calls").add(1)
    metrics.gauge("calls").set(-5)
    metrics.histogram("calls").record(9)
    #expect(metrics.snapshot().map(\.value) == [.counter(1)])
  }

  @Test func aSnapshotIsSortedByNameThenLabels() {
    let metrics = Metrics()
    metrics.gauge("lanes").add(2)
    metrics.counter("calls", ["tenant": "b"]).add()
    metrics.counter("calls", ["tenant": "a"]).add()
    #expect(
      metrics.snapshot().map { "\($0.name.name) \($0.name.labels.map(\.value))" } == [
        #"calls ["a"]"#, #"calls ["b"]"#, "lanes []",
      ])
  }
}

struct HistogramTests {
  @Test(arguments: [0, 1, 7, 8, 9, 15, 16, 17, 100, 1000, 123_456_789, 1 << 40, UInt64.max - 1, UInt64.max])
  func everyValueLandsInABucketAtMostAnEighthAboveIt(value: UInt64) {
    let histogram = Histogram()
    histogram.record(value)
    let bound = histogram.snapshot().buckets[0].upperBound
    #expect(bound >= value && bound - value <= value / 8)
  }

  @Test func quantilesAreReadFromTheBuckets() {
    let histogram = Histogram()
    for value in 1...1000 { histogram.record(UInt64(value)) }
    let snapshot = histogram.snapshot()
    #expect(snapshot.count == 1000 && snapshot.sum == 500_500)
    #expect((500...563).contains(snapshot.quantile(0.5)))
    #expect((990...1114).contains(snapshot.quantile(0.99)))
    #expect(Histogram().snapshot().quantile(0.5) == 0)
  }

  @Test func recordingsFromManyTasksAllCount() async {
    let histogram = Histogram()
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<4 {
        group.addTask { for value in 0..<5000 { histogram.record(UInt64(value * task)) } }
      }
    }
    #expect(histogram.snapshot().count == 20_000)
  }
}
