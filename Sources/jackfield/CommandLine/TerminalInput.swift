import Glibc
import JSONRPC
import ToolContracts

/// Lines that a person types. One thread at a time reads.
struct TerminalInput: Sendable {
  enum Line: Equatable {
    case typed(String)
    case ended
    /// Nobody wants to know any more.
    case takenBack
  }

  private static let maxBytes = 64 << 10

  private let descriptor: Int32
  private var buffer: [UInt8] = []

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Blocks until a line was typed, or `over` is cancelled; what was typed of a line until then is dropped.
  mutating func readLine(until over: Cancellation) -> Line {
    let wakeUp = WakeDescriptor()
    let key = over.addHandler { wakeUp.wake() }
    defer { if let key { over.removeHandler(key) } }
    while true {
      if over.isCancelled {
        buffer = []
        tcflush(descriptor, TCIFLUSH)
        return .takenBack
      }
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        defer { buffer.removeFirst(end + 1) }
        return .typed(String(decoding: buffer[..<end], as: UTF8.self))
      }
      guard hasMore(orElse: wakeUp) else { continue }
      var chunk = [UInt8](repeating: 0, count: 4096)
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0, buffer.count < Self.maxBytes else { return .ended }
      buffer += chunk[..<count]
    }
  }

  /// - Returns: false where it was woken instead.
  private func hasMore(orElse wakeUp: WakeDescriptor) -> Bool {
    var requests = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    while poll(&requests, 2, -1) < 0, errno == EINTR {}
    return requests[1].revents == 0
  }
}
