import Locking
import Synchronization

/// Where log lines go. Handed down from the composition root; nothing logs through a global.
///
/// Writing never blocks: a line that finds no room is dropped, and the next one that is written carries `"dropped"`, the
/// number of those lost before it.
package struct Log: Sendable {
  /// Lines below it are not even formatted.
  package let minimumLevel: LogLevel
  private let sink: any LogSink
  private let clock: @Sendable () -> Int64
  private let dropped: DropCount
  private let context: [(key: String, value: LogValue)]

  /// - Parameter clock: nanoseconds since 1970.
  package init(to sink: any LogSink, minimumLevel: LogLevel = .info, clock: @escaping @Sendable () -> Int64) {
    self.init(
      sink: sink, minimumLevel: minimumLevel, clock: clock, dropped: DropCount(), context: [])
  }

  private init(
    sink: any LogSink, minimumLevel: LogLevel, clock: @escaping @Sendable () -> Int64, dropped: DropCount,
    context: [(key: String, value: LogValue)]
  ) {
    self.sink = sink
    self.minimumLevel = minimumLevel
    self.clock = clock
    self.dropped = dropped
    self.context = context
  }

  /// A log that writes nothing.
  package static let none = Log(to: NullSink(), minimumLevel: .error, clock: { 0 })

  /// The same log, whose every line also carries these fields.
  package func with(_ fields: KeyValuePairs<String, LogValue>) -> Log {
    Log(
      sink: sink, minimumLevel: minimumLevel, clock: clock, dropped: dropped,
      context: context + fields.map { (key: $0.key, value: $0.value) })
  }

  package func debug(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]) {
    write(.debug, message, fields)
  }
  package func info(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]) {
    write(.info, message, fields)
  }
  package func warning(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]) {
    write(.warning, message, fields)
  }
  package func error(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]) {
    write(.error, message, fields)
  }

  package typealias Fields = KeyValuePairs<String, LogValue>

  private func write(_ level: LogLevel, _ message: () -> String, _ fields: () -> Fields) {
    guard level >= minimumLevel else { return }
    var line = LogLine(time: clock(), level: level, message: message())
    let lost = dropped.take()
    if lost > 0 { line.add("dropped", .integer(lost)) }
    for (key, value) in context { line.add(key, value) }
    for (key, value) in fields() { line.add(key, value) }
    if !sink.write(line.finished()) { dropped.add(lost + 1) }
  }
}

/// Where whole lines can be left. From any thread, several at once; never blocks.
package protocol LogSink: Sendable {
  /// - Returns: false for a line that found no room: it is lost.
  func write(_ line: [UInt8]) -> Bool
}

private struct NullSink: LogSink {
  func write(_ line: [UInt8]) -> Bool { true }
}

private final class DropCount: Sendable {
  private let lines = Atomic<Int64>(0)

  func take() -> Int64 {
    // Nothing is lost in all but the worst minutes, and a load is free where an exchange is not.
    lines.load(ordering: .relaxed) == 0 ? 0 : lines.exchange(0, ordering: .relaxed)
  }
  func add(_ count: Int64) { lines.add(count, ordering: .relaxed) }
}
