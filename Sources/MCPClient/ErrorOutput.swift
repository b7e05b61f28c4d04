import Glibc
import JSONRPC
import Locking
import Telemetry
import ToolContracts

/// Reads what a server writes to its standard error, always and to the end: one that nobody reads would stand still.
/// Lines go to the log, cut and limited.
enum ErrorOutput {
  private static let longest = 1024
  private static let burst = 100
  private static let interval: Int64 = 1_000_000_000 / 20

  /// Runs on a thread of its own until the descriptor's other end is closed.
  static func drain(_ descriptor: Int32, time: any TimeSource, counts: ClientCounts, log: Log) {
    var line: [UInt8] = []
    var isCut = false
    var flood = Flood(burst: Int64(burst), interval: interval)
    func finish() {
      guard !line.isEmpty else { return }
      defer {
        line.removeAll(keepingCapacity: true)
        isCut = false
      }
      counts.errorLines.add()
      guard let dropped = flood.admit(at: time.now()) else { return }
      let text = String(decoding: line, as: UTF8.self) + (isCut ? "…" : "")
      log.info("mcp server says", ["text": "\(text)", "dropped_before": .integer(dropped)])
    }
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return finish() }
      for byte in chunk[..<count] {
        if byte == UInt8(ascii: "\n") {
          finish()
        } else if line.count < longest {
          if byte != UInt8(ascii: "\r") { line.append(byte) }
        } else {
          isCut = true
        }
      }
    }
  }

  /// So many lines at once, one an interval in the long run.
  private struct Flood {
    let burst: Int64
    let interval: Int64
    private var full = MonotonicTime(nanoseconds: .min)
    private var dropped: Int64 = 0

    init(burst: Int64, interval: Int64) {
      self.burst = burst
      self.interval = interval
    }

    mutating func admit(at now: MonotonicTime) -> Int64? {
      let next = max(full, now).advanced(by: interval)
      guard now.nanoseconds(until: next) <= burst * interval else {
        dropped += 1
        return nil
      }
      full = next
      defer { dropped = 0 }
      return dropped
    }
  }
}
