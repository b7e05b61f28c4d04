package import ToolContracts

/// What became of the question whether a call may be made.
package enum ApprovalDecision: Sendable, Equatable {
  /// - Parameter arguments: those that the person gave instead; nil: as they were.
  case approved(CallApproval, arguments: [UInt8]?)
  /// - Parameter reason: in the person's words, for the model; empty where there are none.
  case denied(reason: String)
  case expired
}

/// A call, or a stage, that waits for a person.
package struct PendingApproval: Sendable, Equatable {
  package enum Subject: Sendable, Equatable {
    /// A call of this tool.
    case tool(String)
    case stage(String)

    /// In words.
    package var name: String {
      switch self {
      case .tool(let name): name
      case .stage(let name): "stage \(name)"
      }
    }
  }
  package let step: UInt32
  package let subject: Subject
  /// Empty for a stage.
  package let agent: String
  /// JSON: arguments of the call, or what the stage was given.
  package let content: [UInt8]
  package let digest: String
  /// Nanoseconds since 1970.
  package let expires: Int64
  package let preview: ApprovalPreview?
}

/// What a plugin says that a call would do, as it was asked about: words of the plugin, and no promise.
package struct ApprovalPreview: Sendable, Equatable {
  package let summary: String
  /// JSON; nil where there is none, or too much of it.
  package let details: [UInt8]?

  package init(summary: String, details: [UInt8]?) {
    self.summary = summary
    self.details = details
  }
}

/// What a person says to it.
package enum ApprovalVerdict: Sendable, Equatable {
  /// - Parameter arguments: JSON: an object with which the call is made instead, or what goes on from the stage instead.
  case approve(arguments: [UInt8]? = nil)
  case deny(reason: String = "")
}
