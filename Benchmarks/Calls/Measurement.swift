import Glibc

/// One line of the report: how long one operation took, over many of them.
struct Measurement {
  let what: String
  private var samples: [Int64]

  init(_ what: String, samples: [Int64]) {
    self.what = what
    self.samples = samples.sorted()
  }

  /// `{"what":…,"p50_ns":…,"p99_ns":…,"n":…}`
  var line: String {
    #"{"what":"\#(what)","p50_ns":\#(quantile(0.5)),"p99_ns":\#(quantile(0.99)),"n":\#(samples.count)}"#
  }

  private func quantile(_ share: Double) -> Int64 {
    samples[min(samples.count - 1, Int(Double(samples.count) * share))]
  }

  /// Each sample is the mean of `batch` operations: a clock read costs a good part of one. Where `operation` does several
  /// at once, `operationsAtOnce` says how many.
  static func of(
    _ what: String, samples count: Int, batch: Int = 1, operationsAtOnce: Int = 1,
    _ operation: () async -> Void
  ) async -> Measurement {
    for _ in 0..<max(1, count / 10) { for _ in 0..<batch { await operation() } }
    var samples: [Int64] = []
    samples.reserveCapacity(count)
    for _ in 0..<count {
      let start = nanoseconds()
      for _ in 0..<batch { await operation() }
      samples.append((nanoseconds() - start) / Int64(batch * operationsAtOnce))
    }
    return Measurement(what, samples: samples)
  }
}

func nanoseconds() -> Int64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// For whoever watches; the report alone goes to stdout.
func note(_ text: String) {
  let line = Array((text + "\n").utf8)
  _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
