import Locking

/// The current snapshot. Readers take it whole and never see half of a change.
package final class RegistryState: Sendable {
  private let snapshot: Lock<RegistrySnapshot>

  package init(_ snapshot: RegistrySnapshot = .empty) { self.snapshot = Lock(snapshot) }

  package var current: RegistrySnapshot { snapshot.withLock { $0 } }
  package func swap(to next: RegistrySnapshot) { snapshot.withLock { $0 = next } }
}
