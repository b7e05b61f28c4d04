import CLinux
import Glibc

/// Wakes a thread that polls. From any thread.
final class WakeDescriptor: Sendable {
  let descriptor: Int32

  init() {
    descriptor = jf_eventfd()
    precondition(descriptor >= 0, "no descriptor is left to wake a waiting thread with")
  }

  deinit { close(descriptor) }

  func wake() {
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }

  func clear() {
    var count: UInt64 = 0
    _ = read(descriptor, &count, 8)
  }
}
