import CLinux
import Glibc

/// Wakes a thread that polls. From any thread.
package final class WakeDescriptor: Sendable {
  package let descriptor: Int32

  package init() {
    descriptor = jf_eventfd()
    precondition(descriptor >= 0, "no descriptor is left to wake a waiting thread with")
  }

  deinit { close(descriptor) }

  package func wake() {
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }

  package func clear() {
    var count: UInt64 = 0
    _ = read(descriptor, &count, 8)
  }
}
