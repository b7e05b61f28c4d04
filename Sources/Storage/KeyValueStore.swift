package import ToolContracts

/// Whose keys: one plugin's for one tenant. No other sees them.
package struct KeySpace: Hashable, Sendable {
  package var tenant: TenantID
  package var plugin: String

  package init(tenant: TenantID, plugin: String) {
    self.tenant = tenant
    self.plugin = plugin
  }
}

/// How much one key space may hold.
package struct KeySpaceQuota: Sendable, Hashable {
  package var keys: Int
  /// Of keys and values together.
  package var bytes: Int

  package init(keys: Int = 10_000, bytes: Int = 16 << 20) {
    self.keys = keys
    self.bytes = bytes
  }
}

package struct StoredValue: Sendable, Equatable {
  package var bytes: [UInt8]
  /// Never 0, and never again that of another value in its key space.
  package var version: UInt64

  package init(bytes: [UInt8], version: UInt64) {
    self.bytes = bytes
    self.version = version
  }
}

/// A line of a list of keys.
package struct StoredKey: Sendable, Equatable {
  package var key: String
  package var version: UInt64
  package var byteCount: Int

  package init(key: String, version: UInt64, byteCount: Int) {
    self.key = key
    self.version = version
    self.byteCount = byteCount
  }
}

/// What must be there for a change to be made.
package enum KeyExpectation: Sendable, Equatable {
  case anything
  case absent
  case version(UInt64)

  /// - Parameter found: nil where there is no value.
  package func accepts(_ found: UInt64?) -> Bool {
    switch self {
    case .anything: true
    case .absent: found == nil
    case .version(let version): found == version
    }
  }
}

package enum KeyValueFailure: Error, Sendable, Equatable {
  case notFound
  /// What was expected is not what is there.
  case conflict
  case overQuota
  case storage(StorageFailure)
}

/// Values that outlive calls. Any number of tasks ask; each change happens whole or not at all, and one that was answered
/// is seen by every later question. An expired value is not there.
package protocol KeyValueStore: Sendable {
  func value(of key: String, in space: KeySpace) async throws(KeyValueFailure) -> StoredValue?

  /// - Parameter expires: nanoseconds since 1970 from which on it is gone; nil: never.
  /// - Returns: the new value's version.
  func put(
    _ value: [UInt8], at key: String, in space: KeySpace, expecting expected: KeyExpectation, expires: Int64?,
    quota: KeySpaceQuota
  ) async throws(KeyValueFailure) -> UInt64

  func remove(
    _ key: String, in space: KeySpace, expecting expected: KeyExpectation
  ) async throws(KeyValueFailure)

  /// The first `limit` in the order of their UTF-8, of those that begin with `prefix` and come after `after`.
  func keys(
    in space: KeySpace, prefix: String, after: String, limit: Int
  ) async throws(KeyValueFailure) -> [StoredKey]

  /// Later questions fail with `closed`.
  func close() async
}
