import Glibc
import Locking

/// Writes frames to a descriptor, each whole and on a line of its own, in the order they were enqueued. From any thread.
///
/// Nobody who enqueues waits for the reader of the descriptor. Whoever flushes writes what the descriptor takes at once,
/// for all; what it does not take is left to a thread of this writer's own, which is only started when a reader first
/// falls behind.
package final class FrameWriter: Sendable {
  struct State {
    /// Waiting frames. Small ones are joined, so that many answers are one write.
    var pieces: [[UInt8]] = []
    /// Of all that is not written, the piece that is being written included.
    var byteCount = 0
    /// Somebody writes, or the thread has something to write.
    var isBusy = false
    var remainder: Remainder?
    var hasThread = false
    var isClosed = false
    var failure: Int32?
    var roomWaiters: [UnsafeContinuation<Void, Never>] = []
  }

  struct Remainder {
    var bytes: [UInt8]
    var offset: Int
  }

  private static let joinedBytes = 64 << 10

  let target: OutputTarget
  let state = Condition(State())
  let wakeUp = WakeDescriptor()
  private let highWater: Int
  private let roomAgain: @Sendable () -> Void

  /// - Parameters:
  ///   - descriptor: stays the caller's, and open for as long as this is used. The process must ignore SIGPIPE.
  ///   - highWater: from this many waiting bytes on it is congested. What was begun may still exceed it.
  ///   - roomAgain: called when it no longer is, or when it has failed. Must not block.
  package init(
    _ descriptor: Int32, highWater: Int = 32 << 20, roomAgain: @escaping @Sendable () -> Void = {}
  ) {
    target = OutputTarget(descriptor)
    self.highWater = highWater
    self.roomAgain = roomAgain
  }

  /// - Parameter isDroppable: nobody misses it: it is left out while the reader is far behind.
  package func enqueue(_ json: consuming [UInt8], isDroppable: Bool = false) {
    var frame = json
    makeSingleLine(&frame)
    frame.append(UInt8(ascii: "\n"))
    state.withLock { state in
      guard state.failure == nil, !state.isClosed, !isDroppable || state.byteCount < highWater else { return }
      state.byteCount += frame.count
      // Counted without holding on to the last piece, which would have it copied.
      if let count = state.pieces.last?.count, count + frame.count <= Self.joinedBytes {
        state.pieces[state.pieces.count - 1] += frame
      } else {
        state.pieces.append(frame)
      }
    }
  }

  package func send(_ json: consuming [UInt8], isDroppable: Bool = false) {
    enqueue(json, isDroppable: isDroppable)
    flush()
  }

  /// Writes what is waiting, as far as that needs no waiting; the rest is written later.
  package func flush() {
    guard var piece = takeRole() else { return }
    while true {
      switch target.writeNow(piece.bytes, from: piece.offset) {
      case .wrote(let count): piece.offset += count
      case .wouldBlock: return handOver(piece)
      case .failed(let errno): return fail(errno)
      }
      if piece.offset == piece.bytes.count {
        guard let next = wrote(piece.bytes.count) else { return }
        piece = next
      }
    }
  }

  package var isCongested: Bool { state.withLock { $0.byteCount >= highWater && $0.failure == nil } }
  /// The reader is gone, or this was closed before all was written.
  package var failure: Int32? { state.withLock { $0.failure } }

  /// Returns when it is not congested, or has failed.
  package func waitForRoom() async {
    guard isCongested else { return }
    await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
      let isRoom = state.withLock { state in
        guard state.byteCount >= highWater, state.failure == nil else { return true }
        state.roomWaiters.append(continuation)
        return false
      }
      if isRoom { continuation.resume() }
    }
  }

  /// Takes no more frames and blocks until all are written or the time is over; then gives up the rest.
  ///
  /// - Returns: whether all was written.
  package func close(withinNanoseconds nanoseconds: Int64) -> Bool {
    state.withLock { $0.isClosed = true }
    flush()
    let isDone = state.wait(nanoseconds: nanoseconds) { state -> Bool? in
      state.failure != nil || !state.isBusy && state.pieces.isEmpty ? true : nil
    }
    if isDone != true { fail(ETIMEDOUT) }
    wakeUp.wake()
    state.broadcast()
    state.wait { state -> Void? in state.hasThread ? nil : () }
    return failure == nil
  }

  // MARK: Whoever writes

  /// - Returns: what to write first; nil where another writes already, or nothing waits.
  private func takeRole() -> Remainder? {
    state.withLock { state in
      guard !state.isBusy, state.failure == nil, !state.pieces.isEmpty else { return nil }
      state.isBusy = true
      return Remainder(bytes: state.pieces.removeFirst(), offset: 0)
    }
  }

  /// - Returns: what to write next.
  func wrote(_ count: Int) -> Remainder? {
    var waiters: [UnsafeContinuation<Void, Never>] = []
    var hasRoomAgain = false
    let next: Remainder? = state.withLock { state in
      hasRoomAgain = state.byteCount >= highWater && state.byteCount - count < highWater
      state.byteCount -= count
      if hasRoomAgain { swap(&waiters, &state.roomWaiters) }
      guard state.failure == nil, !state.pieces.isEmpty else {
        state.isBusy = false
        return nil
      }
      return Remainder(bytes: state.pieces.removeFirst(), offset: 0)
    }
    if next == nil { state.broadcast() }
    for waiter in waiters { waiter.resume() }
    if hasRoomAgain { roomAgain() }
    return next
  }

  func fail(_ errno: Int32) {
    var waiters: [UnsafeContinuation<Void, Never>] = []
    state.withLock { state in
      if state.failure == nil { state.failure = errno }
      state.pieces = []
      state.remainder = nil
      state.isBusy = false
      swap(&waiters, &state.roomWaiters)
    }
    state.broadcast()
    wakeUp.wake()
    for waiter in waiters { waiter.resume() }
    roomAgain()
  }
}
