package import JSONCodec

/// What a call may do to the world; decides what may be repeated after a crash.
package enum Effect: String, Sendable {
  case none
  case idempotent
  case nonIdempotent = "non_idempotent"

  /// Whether what is said to have this effect may do what has the other one.
  package func covers(_ other: Effect) -> Bool {
    switch self {
    case .none: other == .none
    case .idempotent: other != .nonIdempotent
    case .nonIdempotent: true
    }
  }
}

package enum FunctionKind: String, Sendable {
  case tool
  case chat
  case embed
  case models
}

/// One function as its plugin describes it: claims, which the operator's policy may only narrow.
package struct FunctionDescriptor: Sendable {
  package var name: String
  package var kind: FunctionKind
  package var title: String?
  package var description: String
  /// Objects, or null for kinds whose schemas are the host's.
  package var inputSchema: JSONValue
  package var outputSchema: JSONValue?
  /// MCP's hints (`readOnlyHint` …), passed on as they are.
  package var annotations: JSONValue?
  /// MCP's list of icons, passed on as it is.
  package var icons: JSONValue?
  package var effect: Effect
  package var mayPend: Bool
  package var isSerial: Bool
  package var limits: LimitHints

  package init(
    name: String, kind: FunctionKind = .tool, title: String? = nil, description: String,
    inputSchema: JSONValue,
    outputSchema: JSONValue? = nil, annotations: JSONValue? = nil, icons: JSONValue? = nil,
    effect: Effect = .nonIdempotent,
    mayPend: Bool = false, isSerial: Bool = false, limits: LimitHints = LimitHints()
  ) {
    self.name = name
    self.kind = kind
    self.title = title
    self.description = description
    self.inputSchema = inputSchema
    self.outputSchema = outputSchema
    self.annotations = annotations
    self.icons = icons
    self.effect = effect
    self.mayPend = mayPend
    self.isSerial = isSerial
    self.limits = limits
  }
}

/// What a plugin thinks is reasonable for one of its functions; used where the operator says nothing.
package struct LimitHints: Sendable, Equatable {
  package var timeoutMilliseconds: Int64?
  package var maxResultBytes: Int?
  package var ratePerMinute: Int?
  package var concurrency: Int?

  package init(
    timeoutMilliseconds: Int64? = nil, maxResultBytes: Int? = nil, ratePerMinute: Int? = nil,
    concurrency: Int? = nil
  ) {
    self.timeoutMilliseconds = timeoutMilliseconds
    self.maxResultBytes = maxResultBytes
    self.ratePerMinute = ratePerMinute
    self.concurrency = concurrency
  }
}

/// What is known of a plugin without running any of its code.
package struct PluginDescriptor: Sendable {
  package var id: String
  package var version: String
  package var functions: [FunctionDescriptor]
  /// Host services that it asks for, by name.
  package var services: [String]
  /// Names of secrets that it asks for; values never reach it.
  package var secrets: [String]
  /// Those of them that it can do without.
  package var optionalSecrets: [String]
  package var configSchema: JSONValue?

  package init(
    id: String, version: String, functions: [FunctionDescriptor], services: [String] = [],
    secrets: [String] = [], optionalSecrets: [String] = [],
    configSchema: JSONValue? = nil
  ) {
    self.id = id
    self.version = version
    self.functions = functions
    self.services = services
    self.secrets = secrets
    self.optionalSecrets = optionalSecrets
    self.configSchema = configSchema
  }
}
