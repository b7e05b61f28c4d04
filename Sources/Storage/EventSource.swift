package import ToolContracts

/// A journal that can be looked through from one end to the other.
package protocol EventSource: Sendable {
  /// The events of some kinds, of all runs, in the order in which they were written, at most `limit`. For sums over many
  /// runs: all of the journal is looked through.
  ///
  /// - Parameters:
  ///   - tenant: nil: of all tenants.
  ///   - moment: those of before are left out; nanoseconds since 1970.
  ///   - sequence: only later ones; the next page begins after the last of this one.
  func events(
    ofKinds kinds: Set<JournalEvent.Kind>, tenant: TenantID?, since moment: Int64, after sequence: Int64,
    limit: Int
  ) async throws(StorageFailure) -> [JournalEvent]
}
