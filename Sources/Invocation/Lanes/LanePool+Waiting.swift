import Locking
package import ToolContracts

extension LanePool {
  /// Suspends until `due`, within about a millisecond.
  ///
  /// - Returns: false where a cancellation came first.
  package func wait(until due: MonotonicTime, _ cancellation: Cancellation) async -> Bool {
    if cancellation.isCancelled { return false }
    var timer: Int?
    var handler: Int?
    let isDue = await withUnsafeContinuation { (continuation: UnsafeContinuation<Bool, Never>) in
      let waiting = Lock<UnsafeContinuation<Bool, Never>?>(continuation)
      @Sendable func end(_ isDue: Bool) { waiting.withLock { $0.take() }?.resume(returning: isDue) }
      timer = schedule(at: due) { end(true) }
      handler = cancellation.addHandler { end(false) }
    }
    if let timer { unschedule(timer) }
    if let handler { cancellation.removeHandler(handler) }
    return isDue
  }
}
