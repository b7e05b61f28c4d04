import Glibc

/// A file descriptor that is closed when its owner goes out of scope.
package struct OwnedDescriptor: ~Copyable, Sendable {
  package let number: Int32

  package init(_ number: Int32) { self.number = number }
  deinit { close(number) }

  /// Leaves the descriptor open for as long as the process lives.
  package consuming func keepForEver() -> Int32 {
    let number = number
    discard self
    return number
  }
}

package func textOfError(_ number: Int32) -> String { String(cString: strerror(number)) }
