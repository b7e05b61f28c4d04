import Locking

/// Where the registry of now comes from. Readers take it whole and never see half of a change.
package protocol RegistrySource: Sendable {
  var registry: RegistrySnapshot { get }
}

/// A registry alone, without anything else that changes with it.
package final class RegistryState: RegistrySource {
  private let snapshot: Lock<RegistrySnapshot>

  package init(_ snapshot: RegistrySnapshot = .empty) { self.snapshot = Lock(snapshot) }

  package var registry: RegistrySnapshot { snapshot.withLock { $0 } }

  package func swap(to next: RegistrySnapshot) {
    next.adoptLimits()
    snapshot.withLock { $0 = next }
  }
}
