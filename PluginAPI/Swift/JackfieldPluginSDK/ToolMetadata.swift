/// What a call may do to the world. The host repeats a call after a crash only as far as this allows.
public enum Effect: String, Sendable {
  /// Reads only.
  case none
  /// May be repeated with the same `CallContext.idempotencyKey`.
  case idempotent
  /// Never repeated without being asked.
  case nonIdempotent = "non_idempotent"
}

/// The hints that MCP gives to clients. They are hints: the operator's policy decides.
public struct Annotations: Sendable, Equatable {
  public var readOnly: Bool?
  public var destructive: Bool?
  public var idempotent: Bool?
  /// Whether the tool deals with a world outside of the host, such as the web.
  public var openWorld: Bool?

  public init(
    readOnly: Bool? = nil, destructive: Bool? = nil, idempotent: Bool? = nil, openWorld: Bool? = nil
  ) {
    self.readOnly = readOnly
    self.destructive = destructive
    self.idempotent = idempotent
    self.openWorld = openWorld
  }
}

/// What a function thinks is reasonable for itself; used where the operator says nothing.
public struct LimitHints: Sendable, Equatable {
  public var timeoutMilliseconds: Int?
  public var maxResultBytes: Int?
  public var ratePerMinute: Int?
  /// Calls at the same time.
  public var concurrency: Int?

  public init(
    timeoutMilliseconds: Int? = nil, maxResultBytes: Int? = nil, ratePerMinute: Int? = nil,
    concurrency: Int? = nil
  ) {
    self.timeoutMilliseconds = timeoutMilliseconds
    self.maxResultBytes = maxResultBytes
    self.ratePerMinute = ratePerMinute
    self.concurrency = concurrency
  }
}
