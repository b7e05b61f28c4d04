/// The tool ran and failed. Its message is shown to the model, and so possibly to a user: say what was wrong and what
/// to do instead, without paths, hosts or names of tenants.
public struct ToolError: Error, CustomStringConvertible, Sendable, Equatable {
  public let message: String

  public init(_ message: String) {
    self.message = message
  }

  public var description: String { message }
}

/// Why a provider has no answer. The host decides by it whether trying again makes sense.
public enum ProviderError: Error, Sendable, Equatable {
  /// Overloaded; try again later.
  case busy(String)
  /// Credentials are missing or refused.
  case denied(String)
  /// The model, or one of the settings, is unknown.
  case invalidRequest(String)
  /// No answer came back.
  case unreachable(String)
  /// Anything else that the caller should read.
  case failed(String)
}

/// An operator's mistake, found while an instance is opened. Its message is shown to the operator alone.
public struct ConfigurationError: Error, CustomStringConvertible, Sendable, Equatable {
  public let message: String

  public init(_ message: String) {
    self.message = message
  }

  public var description: String { message }
}

/// Nobody waits for this call any more. Let it pass through: whatever the call would still answer is dropped.
public enum CallEnded: Error, Sendable, Equatable {
  case cancelled
  case deadlinePassed
}
