import Locking
import ToolContracts

/// Plugins that were caught breaking out of the rules, for each tenant. They do not run again before the host is started
/// anew, or their file is another.
final class Quarantine: Sendable {
  struct Key: Hashable, Sendable {
    let tenant: TenantID
    let digest: String
  }
  private let reasons = Lock<[Key: String]>([:])

  func put(_ key: Key, _ reason: String) {
    reasons.withLock { if $0[key] == nil { $0[key] = reason } }
  }

  func reason(_ key: Key) -> String? { reasons.withLock { $0[key] } }
}
