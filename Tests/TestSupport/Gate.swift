import Locking

/// A thread waits here until the test opens it. Stands for work that takes as long as the test wants.
package final class Gate: Sendable {
  private let isOpen = Condition(false)
  package init() {}
  package func open() {
    isOpen.withLock { $0 = true }
    isOpen.broadcast()
  }
  package func wait() { isOpen.wait { isOpen -> Void? in isOpen ? () : nil } }
}
