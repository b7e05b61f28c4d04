import Glibc

/// One line of the report: how long one operation took, over many of them.
struct Measurement {
  let what: String
  private var samples: [Int64]
  /// Nanoseconds of all threads for one operation: what a busy machine changes least.
  private let processor: Int64?
  /// What is asked for.
  private let bar: Bar?

  enum Bar {
    case median(Int64)
    case processor(Int64)
  }

  init(_ what: String, samples: [Int64], processor: Int64? = nil, bar: Bar? = nil) {
    self.what = what
    self.samples = samples.sorted()
    self.processor = processor
    self.bar = bar
  }

  /// `{"what":…,"p50_ns":…,"p99_ns":…,"cpu_ns":…,"n":…}`, and the bar for one of them.
  var line: String {
    let asked =
      switch bar {
      case nil: ""
      case .median(let bar): #","p50_bar_ns":\#(bar)"#
      case .processor(let bar): #","cpu_bar_ns":\#(bar)"#
      }
    return
      #"{"what":"\#(what)","p50_ns":\#(quantile(0.5)),"p99_ns":\#(quantile(0.99)),"#
      + (processor.map { #""cpu_ns":\#($0),"# } ?? "") + #""n":\#(samples.count)\#(asked)}"#
  }

  private func quantile(_ share: Double) -> Int64 {
    samples[min(samples.count - 1, Int(Double(samples.count) * share))]
  }

  /// Each sample is the mean of `batch` operations: a clock read costs a good part of one. Where `operation` does several
  /// at once, `operationsAtOnce` says how many.
  static func of(
    _ what: String, samples count: Int, batch: Int = 1, operationsAtOnce: Int = 1, bar: Bar? = nil,
    _ operation: () async -> Void
  ) async -> Measurement {
    for _ in 0..<max(1, count / 10) { for _ in 0..<batch { await operation() } }
    var samples: [Int64] = []
    samples.reserveCapacity(count)
    let processor = processorNanoseconds()
    for _ in 0..<count {
      let start = nanoseconds()
      for _ in 0..<batch { await operation() }
      samples.append((nanoseconds() - start) / Int64(batch * operationsAtOnce))
    }
    let used = (processorNanoseconds() - processor) / Int64(max(1, count * batch * operationsAtOnce))
    return Measurement(what, samples: samples, processor: used, bar: bar)
  }
}

func nanoseconds() -> Int64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// Of all threads of this process, since it began.
func processorNanoseconds() -> Int64 {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// For whoever watches; the report alone goes to stdout.
func note(_ text: String) {
  let line = Array((text + "\n").utf8)
  _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
