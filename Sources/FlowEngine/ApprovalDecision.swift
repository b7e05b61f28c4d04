package import ToolContracts

/// What became of the question whether a call may be made.
package enum ApprovalDecision: Sendable, Equatable {
  /// - Parameter arguments: those that the person gave instead; nil: as they were.
  case approved(CallApproval, arguments: [UInt8]?)
  /// - Parameter reason: in the person's words, for the model; empty where there are none.
  case denied(reason: String)
  case expired
}

/// A call that waits for a person.
package struct PendingApproval: Sendable, Equatable {
  package let step: UInt32
  package let tool: String
  package let agent: String
  /// JSON.
  package let arguments: [UInt8]
  package let digest: String
  /// Nanoseconds since 1970.
  package let expires: Int64
}

/// What a person says to it.
package enum ApprovalVerdict: Sendable, Equatable {
  /// - Parameter arguments: a JSON object, with which the call is made instead.
  case approve(arguments: [UInt8]? = nil)
  case deny(reason: String = "")
}
