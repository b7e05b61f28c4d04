import CLinux
import Glibc
import Synchronization

/// Runs `body` on a thread of its own.
package func onNewThread(_ body: @escaping @Sendable () -> Void) {
  final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var thread = pthread_t()
  let status = pthread_create(
    &thread, nil,
    { context in
      Unmanaged<Box>.fromOpaque(context!).takeRetainedValue().body()
      return nil
    }, Unmanaged.passRetained(Box(body)).toOpaque())
  precondition(status == 0)
  jf_name_thread(thread, "test")
  pthread_detach(thread)
}

/// Waits for something that another thread is about to do. Traps after a minute: the condition will never hold.
package func waitUntil(_ condition: () -> Bool) {
  var turns = 0
  while !condition() {
    turns += 1
    precondition(turns < 60_000, "waited a minute in vain")
    var pause = timespec(tv_sec: 0, tv_nsec: 1_000_000)
    nanosleep(&pause, nil)
  }
}
