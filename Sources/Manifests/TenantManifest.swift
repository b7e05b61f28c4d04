package import JSONCodec
package import JSONSchema
package import ModelContracts
package import ToolContracts

/// What one tenant may use, and how much of it. What is not listed is off.
package struct TenantManifest: Sendable {
  package let file: String
  package let name: TenantID
  package let nameLocation: SourceLocation
  package let plugins: [PluginEnablement]
  package let tools: [ToolSettings]
  /// Of its model calls.
  package let budgets: BudgetPolicy
  package let breaker: BreakerPolicy
  package let retryBudget: RetryBudgetPolicy
  /// How many answers of models are kept for it.
  package let answers: AnswerBounds
  /// The flows that are on.
  package let flows: [NameReference]
  /// The prompts that are on.
  package let prompts: [NameReference]

  package func plugin(_ id: String) -> PluginEnablement? { plugins.first { $0.id == id } }

  package func isEnabled(_ tool: ToolName) -> Bool {
    plugin(String(tool.plugin))?.allows(String(tool.function)) ?? false
  }

  /// How arguments of one tool may be mended; not at all where the tool is not mentioned.
  package func repair(of tool: ToolName) -> RepairOptions { tools.first { $0.tool == tool }?.repair ?? [] }

  /// Nil where no call of the tool needs a person's approval.
  package func approval(of tool: ToolName) -> ApprovalSettings? { tools.first { $0.tool == tool }?.approval }

  /// What this tenant says of one tool; says nothing where the tool is not mentioned.
  package func limits(of tool: ToolName) -> LimitOverrides {
    tools.first { $0.tool == tool }?.limits ?? LimitOverrides()
  }
}

/// A plugin that is on for a tenant, and how.
package struct PluginEnablement: Sendable {
  package let id: String
  /// Which of its functions are on; nil: all.
  package let functions: [PatternReference]?
  /// An object; empty where the manifest says nothing.
  package let configuration: JSONValue
  package let configurationSource: ConfigurationSource
  /// What it may ask of the host.
  package let services: ServiceGrants
  package let secrets: [SecretReference]
  package let isolation: IsolationSettings
  package let location: SourceLocation

  package func allows(_ function: String) -> Bool {
    functions?.contains { $0.pattern.matches(function) } ?? true
  }
}

/// A secret of a plugin, by the name that its descriptor gives it.
package struct SecretReference: Sendable {
  package let name: String
  package let source: SecretSource
  package let location: SourceLocation
}

/// What an operator says of one tool.
package struct ToolSettings: Sendable {
  package let tool: ToolName
  package let limits: LimitOverrides
  /// How its arguments may be mended.
  package let repair: RepairOptions
  /// Nil: no call of it needs a person's approval.
  package let approval: ApprovalSettings?
  package let location: SourceLocation
}

/// Which calls of a tool a person must approve.
package struct ApprovalSettings: Sendable {
  /// A JSON Schema that the arguments of such calls have; nil: all calls.
  package let condition: JSONValue?
  /// How long a question and its answer hold.
  package let expiresNanoseconds: Int64
  package let location: SourceLocation
}

/// A name with `*` in it, as a manifest gave it.
package struct PatternReference: Sendable {
  package let pattern: NamePattern
  package let location: SourceLocation
}

/// Where each part of a plugin's configuration was written.
package struct ConfigurationSource: Sendable {
  let node: ManifestNode?
  let start: SourceLocation

  /// The place of a part, or of the nearest that contains it.
  package func location(of pointer: JSONPointer) -> SourceLocation {
    guard let node, !pointer.tokens.isEmpty else { return start }
    let (line, column) = node.position(of: pointer)
    return SourceLocation(
      file: start.file, line: line, column: column,
      pointer: JSONPointer(start.pointer.tokens + pointer.tokens))
  }
}
