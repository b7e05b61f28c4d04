import CLinux
import Glibc
import Locking

// What a reader that falls behind leaves to be written.
extension FrameWriter {
  func handOver(_ remainder: Remainder) {
    let mustStart = state.withLock { state in
      guard state.failure == nil else { return false }
      state.remainder = remainder
      defer { state.hasThread = true }
      return !state.hasThread
    }
    state.broadcast()
    guard mustStart else { return }
    target.enlarge()
    startThread()
  }

  private func startThread() {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self).toOpaque()
    let status = pthread_create(
      &thread, nil,
      { context in
        let writer = Unmanaged<FrameWriter>.fromOpaque(context!).takeRetainedValue()
        writer.writeWhileOpen()
        return nil
      }, context)
    guard status == 0 else {
      Unmanaged<FrameWriter>.fromOpaque(context).release()
      state.withLock { $0.hasThread = false }
      return fail(status)
    }
    jf_name_thread(thread, "jf-output")
    pthread_detach(thread)
  }

  private func writeWhileOpen() {
    while case .write(let remainder) = nextTurn() { write(remainder) }
    state.withLock { $0.hasThread = false }
    state.broadcast()
  }

  private enum Turn {
    case write(Remainder)
    case end
  }

  private func nextTurn() -> Turn {
    state.wait { state in
      if let remainder = state.remainder.take() { return .write(remainder) }
      return state.failure != nil || state.isClosed && !state.isBusy ? .end : nil
    }
  }

  private func write(_ remainder: Remainder) {
    var piece = remainder
    while true {
      guard failure == nil, target.waitUntilWritable(or: wakeUp) else { return }
      switch target.write(piece.bytes, from: piece.offset) {
      case .wrote(let count): piece.offset += count
      case .wouldBlock: continue
      case .failed(let errno): return fail(errno)
      }
      if piece.offset == piece.bytes.count {
        guard let next = wrote(piece.bytes.count) else { return }
        piece = next
      }
    }
  }
}
