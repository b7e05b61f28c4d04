import Glibc

/// A descriptor to write to, and how to do that without waiting.
///
/// O_NONBLOCK on the descriptor itself would reach every process that shares it: the one that started us, and those that
/// we start.
final class OutputTarget: Sendable {
  enum Outcome {
    case wrote(Int)
    case wouldBlock
    case failed(Int32)
  }

  private enum Kind {
    /// Our own, non-blocking opening of the same pipe or terminal.
    case reopened
    case socket
    /// Regular files: a write does not wait for a reader.
    case file
    /// Could not be opened again: a write may wait, so only the writer's own thread writes.
    case shared
  }

  private let descriptor: Int32
  private let kind: Kind

  init(_ descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      (self.descriptor, kind) = (descriptor, .shared)
      return
    }
    switch status.st_mode & S_IFMT {
    case S_IFSOCK: (self.descriptor, kind) = (descriptor, .socket)
    case S_IFREG: (self.descriptor, kind) = (descriptor, .file)
    default:
      let own = open("/proc/self/fd/\(descriptor)", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
      (self.descriptor, kind) = own >= 0 ? (own, .reopened) : (descriptor, .shared)
    }
  }

  deinit {
    if kind == .reopened { close(descriptor) }
  }

  /// Never waits.
  func writeNow(_ bytes: [UInt8], from offset: Int) -> Outcome {
    kind == .shared ? .wouldBlock : write(bytes, from: offset)
  }

  /// May wait where there is no other way.
  func write(_ bytes: [UInt8], from offset: Int) -> Outcome {
    while true {
      let count = bytes.withUnsafeBytes { buffer in
        var rest = UnsafeRawBufferPointer(rebasing: buffer[offset...])
        // As much as a writable pipe takes for certain: the wait must be the poll's, which can be woken.
        if kind == .shared { rest = UnsafeRawBufferPointer(rebasing: rest.prefix(Int(PIPE_BUF))) }
        return kind == .socket
          ? send(descriptor, rest.baseAddress, rest.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
          : Glibc.write(descriptor, rest.baseAddress, rest.count)
      }
      if count >= 0 { return .wrote(count) }
      switch errno {
      case EINTR: continue
      case EAGAIN: return .wouldBlock
      default: return .failed(errno)
      }
    }
  }

  /// The reader falls behind.
  func enlarge() { PipeCapacity.enlarge(descriptor) }

  /// - Returns: false where it was woken instead.
  func waitUntilWritable(or wakeUp: WakeDescriptor) -> Bool {
    var requests = [
      pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0),
      pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    while poll(&requests, 2, -1) < 0, errno == EINTR {}
    return requests[1].revents == 0
  }
}
