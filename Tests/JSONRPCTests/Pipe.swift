import Glibc

/// Two ends of a pipe, closed when nobody holds them.
final class Pipe {
  let read: Int32
  private(set) var write: Int32

  init() {
    var ends: [Int32] = [-1, -1]
    precondition(pipe(&ends) == 0)
    (read, write) = (ends[0], ends[1])
    signal(SIGPIPE, SIG_IGN)
  }

  deinit {
    close(read)
    closeWrite()
  }

  func closeWrite() {
    if write >= 0 { close(write) }
    write = -1
  }

  func put(_ text: String) { _ = Glibc.write(write, text, text.utf8.count) }

  /// Blocks until there are `count` bytes, or the end.
  func take(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < count {
      let got = Glibc.read(read, &chunk, min(chunk.count, count - bytes.count))
      if got <= 0 { break }
      bytes += chunk[..<got]
    }
    return bytes
  }
}
