import Glibc

/// Reads lines from a descriptor. One thread at a time reads; which one may change.
package final class FrameReader: @unchecked Sendable {
  // @unchecked: `framer`, `chunk` and `hasEnded` belong to whoever reads, and who hands reading over to another task does so
  // through an executor's queue, which orders the two. `wakeUp` is safe from anywhere.
  package enum Outcome: Sendable {
    /// At least one, unless the input has `ended`: then nothing follows these.
    case frames([LineFramer.Frame], ended: Bool)
    /// Somebody called `interrupt`.
    case interrupted
    case failed(errno: Int32)
  }

  private static let chunkSize = PipeCapacity.enlarged

  private let descriptor: Int32
  private let wakeUp = WakeDescriptor()
  private var framer: LineFramer
  private let chunk: UnsafeMutableRawBufferPointer

  /// - Parameter descriptor: stays the caller's, and open for as long as this is used.
  package init(_ descriptor: Int32, maxBytes: Int = LineFramer.defaultMaxBytes) {
    self.descriptor = descriptor
    framer = LineFramer(maxBytes: maxBytes)
    chunk = .allocate(byteCount: FrameReader.chunkSize, alignment: 16)
  }

  deinit { chunk.deallocate() }

  package var maxBytes: Int { framer.maxBytes }

  /// Blocks until there is a whole line, the input ends, or somebody interrupts.
  package func read() -> Outcome {
    while true {
      guard waitForInput(orHangUpOnly: false) else { return .interrupted }
      let count = Glibc.read(descriptor, chunk.baseAddress, chunk.count)
      if count < 0 {
        if errno == EINTR || errno == EAGAIN { continue }
        return .failed(errno: errno)
      }
      guard count > 0 else { return .frames(framer.finish().map { [$0] } ?? [], ended: true) }
      if count == PipeCapacity.usual { PipeCapacity.enlarge(descriptor) }
      framer.append(UnsafeRawBufferPointer(rebasing: chunk[..<count]))
      var frames: [LineFramer.Frame] = []
      while let frame = framer.next() { frames.append(frame) }
      if !frames.isEmpty { return .frames(frames, ended: false) }
    }
  }

  /// Blocks, without reading, until the other side hangs up or somebody interrupts.
  package func waitForHangUp() { _ = waitForInput(orHangUpOnly: true) }

  /// Ends the `read` or `waitForHangUp` that is going on, or the next one.
  package func interrupt() { wakeUp.wake() }

  /// - Returns: false where it was interrupted.
  private func waitForInput(orHangUpOnly: Bool) -> Bool {
    var requests = [
      pollfd(fd: descriptor, events: orHangUpOnly ? 0 : Int16(POLLIN), revents: 0),
      pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    while true {
      let count = poll(&requests, 2, -1)
      if count < 0, errno == EINTR { continue }
      if requests[1].revents != 0 {
        wakeUp.clear()
        return false
      }
      return true
    }
  }
}
