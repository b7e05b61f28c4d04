import PluginABI
package import ToolContracts

// How kinds and effects stand in the function tables of plugins.

extension FunctionKind {
  /// Nil for a kind that came after this host.
  package init?(tableValue: Int32) {
    guard let kind = Self.tableValues.first(where: { $0.value == tableValue })?.kind else { return nil }
    self = kind
  }

  package var tableValue: Int32 {
    switch self {
    case .tool: Int32(JF_KIND_TOOL)
    case .chat: Int32(JF_KIND_CHAT)
    case .embed: Int32(JF_KIND_EMBED)
    case .models: Int32(JF_KIND_MODELS)
    }
  }

  private static let tableValues = [FunctionKind.tool, .chat, .embed, .models].map {
    (kind: $0, value: $0.tableValue)
  }
}

extension Effect {
  /// A value that came after this host is taken for the one that allows least.
  package init(tableValue: Int32) {
    switch Int(tableValue) {
    case JF_EFFECT_IDEMPOTENT: self = .idempotent
    case JF_EFFECT_NONE: self = .none
    default: self = .nonIdempotent
    }
  }

  package var tableValue: Int32 {
    switch self {
    case .idempotent: Int32(JF_EFFECT_IDEMPOTENT)
    case .none: Int32(JF_EFFECT_NONE)
    case .nonIdempotent: Int32(JF_EFFECT_NON_IDEMPOTENT)
    }
  }
}
