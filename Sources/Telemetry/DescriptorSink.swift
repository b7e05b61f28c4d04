import Glibc
import Locking

/// Log lines to an open descriptor, standard error as a rule, whose reader may be slow, stopped or gone. The process must
/// ignore SIGPIPE.
package final class DescriptorSink: LogSink {
  private enum Target {
    /// Regular files and devices: a write there does not wait for a reader.
    case direct(Int32)
    /// Our own non-blocking opening of the same pipe or terminal.
    case reopened(Int32)
    case socket(Int32)
    /// Could not be opened again: asked before each write whether there is room.
    case polled(Int32)
  }
  private let target: Target
  /// Whether the last write stopped in the middle of a line, as a terminal's may.
  private let isMidLine = Lock(false)

  /// - Parameter descriptor: stays the caller's, and open for as long as this sink is used.
  package init(_ descriptor: Int32) {
    target = DescriptorSink.target(of: descriptor)
  }

  package static let standardError = DescriptorSink(STDERR_FILENO)

  deinit {
    if case .reopened(let own) = target { close(own) }
  }

  package func write(_ line: [UInt8]) -> Bool {
    // One writer at a time: two halves of lines would be worth less than one line.
    isMidLine.withLock { isMidLine in
      let bytes = isMidLine ? [UInt8(ascii: "\n")] + line : line
      let written = attempt(bytes)
      guard written > 0 else { return false }
      isMidLine = written < bytes.count
      return !isMidLine
    }
  }

  private func attempt(_ bytes: [UInt8]) -> Int {
    switch target {
    case .direct(let descriptor), .reopened(let descriptor):
      return Glibc.write(descriptor, bytes, bytes.count)
    case .socket(let descriptor):
      return send(descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
    case .polled(let descriptor):
      var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      guard poll(&request, 1, 0) == 1, request.revents & Int16(POLLOUT) != 0 else { return 0 }
      return Glibc.write(descriptor, bytes, bytes.count)
    }
  }

  private static func target(of descriptor: Int32) -> Target {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return .polled(descriptor) }
    switch status.st_mode & S_IFMT {
    case S_IFSOCK: return .socket(descriptor)
    case S_IFIFO, S_IFCHR:
      // O_NONBLOCK on `descriptor` itself would reach every process that shares it: the shell, our parent, our children.
      let own = open("/proc/self/fd/\(descriptor)", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
      return own >= 0 ? .reopened(own) : .polled(descriptor)
    default: return .direct(descriptor)
    }
  }
}
