package import ModelContracts
package import ToolContracts

/// What an answer is an answer to. No tenant has another's.
package struct AnswerKey: Hashable, Sendable {
  package var tenant: TenantID
  /// Of the whole question, and of whom it is put to.
  package var digest: String

  package init(tenant: TenantID, digest: String) {
    self.tenant = tenant
    self.digest = digest
  }
}

/// An answer to be given again.
package struct KeptAnswer: Sendable, Equatable {
  package var json: [UInt8]
  /// The plugin that gave it.
  package var provider: String
  /// Nanoseconds since 1970 from which on it is gone.
  package var expires: Int64

  package init(json: [UInt8], provider: String, expires: Int64) {
    self.json = json
    self.provider = provider
    self.expires = expires
  }
}

/// Answers of models that were asked to be kept. May forget any of them at any time; never has one that has expired.
package protocol AnswerStore: Sendable {
  /// A few microseconds, on the caller's thread.
  ///
  /// - Parameter now: nanoseconds since 1970.
  func answer(to key: AnswerKey, at now: Int64) throws(StorageFailure) -> [UInt8]?

  /// In the place of what was kept under `key`. Of the tenant's answers those that nobody wanted for longest go, as many as
  /// `bounds` demand; an answer that is too large for them by itself is not kept.
  func keep(
    _ answer: KeptAnswer, to key: AnswerKey, at now: Int64, within bounds: AnswerBounds
  ) async throws(StorageFailure)

  /// - Parameter provider: nil: those of all.
  /// - Returns: how many there were.
  func clear(of tenant: TenantID, provider: String?) async throws(StorageFailure) -> Int

  func close() async
}
