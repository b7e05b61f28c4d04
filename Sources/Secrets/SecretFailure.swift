/// Why a secret cannot be had from its source. For the operator: it names the variable or the file, never the value.
package struct SecretFailure: Error, Sendable, Equatable {
  package enum Reason: Sendable {
    /// Nothing is there, nothing that is a secret, or nothing that can be read.
    case unreadable
    /// Others than this process's user and root could have read or written it.
    case exposed
  }
  package let reason: Reason
  /// Goes on from a sentence that has named the secret: `is to be in the file '/etc/key', which is empty`.
  package let message: String

  init(_ reason: Reason, _ message: String) {
    self.reason = reason
    self.message = message
  }
}
