import Telemetry
import ToolContracts

/// The counters that every call moves. Looked up once, so that a call only adds.
struct CallMetrics: Sendable {
  private let calls: Counter
  private let failures: [InvocationFailure.Code: Counter]
  private let duration: Histogram
  private let keptAnswers: Counter

  init(_ metrics: Metrics) {
    calls = metrics.counter("jackfield_calls_total", ["outcome": "ok"])
    failures = Dictionary(
      uniqueKeysWithValues: InvocationFailure.Code.allCases.map {
        ($0, metrics.counter("jackfield_calls_total", ["outcome": $0.rawValue]))
      })
    duration = metrics.histogram("jackfield_call_duration_nanoseconds")
    keptAnswers = metrics.counter("jackfield_kept_answers_total", [:])
  }

  func countKeptAnswer() { keptAnswers.add() }

  func count(_ outcome: CallOutcome, nanoseconds: Int64) {
    duration.record(UInt64(max(0, nanoseconds)))
    switch outcome {
    case .success: calls.add()
    case .failure(let failure): failures[failure.code]?.add()
    }
  }
}
