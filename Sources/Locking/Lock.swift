public import Glibc

/// Guards a value against concurrent use. The one lock of this project: a pthread mutex costs a few nanoseconds where
/// nobody waits, and the thread sanitizer understands it, which it does not of `Synchronization.Mutex` on Linux.
///
/// Public, unlike the rest of the host: the compiler inlines a function across modules only if it is, and a lock that is
/// called through generic code costs several times what it guards.
///
/// Not recursive. Hold it for a few instructions: no `await`, no plugin and no I/O happens inside.
public final class Lock<State>: @unchecked Sendable {
  // @unchecked: `state` is touched only between lock and unlock of `mutex`.
  @usableFromInline var state: State
  @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>

  @inlinable
  public init(_ state: State) {
    self.state = state
    mutex = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
  }

  @inlinable
  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  @inlinable
  @inline(__always)
  public func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout State) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&state)
  }
}
