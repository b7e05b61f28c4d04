import Invocation
import JSONCodec
import ModelContracts
import ToolContracts

/// Who answered a model call, and what it cost.
struct ModelReceipt: Sendable, Equatable {
  var provider: ToolName
  var model: String
  var cost: Money?
  /// Given before, to the same question.
  var isKept: Bool

  init(provider: ToolName, model: String, cost: Money?, isKept: Bool = false) {
    self.provider = provider
    self.model = model
    self.cost = cost
    self.isKept = isKept
  }

  /// - Parameter data: of a `model.completed`.
  init?(_ data: JSONView) {
    guard let provider = data["tool"]?.string.flatMap({ ToolName($0) }), let model = data["model"]?.string
    else { return nil }
    self.init(
      provider: provider, model: model, cost: data["cost"]?.string.flatMap { Money($0) },
      isKept: data["cache"] != nil)
  }
}

extension ModelCall {
  /// The agent's own model.
  var own: ModelTarget { ModelTarget(provider: String(provider.plugin), name: model) }

  func request(for target: ModelTarget) -> [UInt8] {
    target.isSameModel(as: own) ? request : requestForOther?(target) ?? request
  }

  /// How long the request to a model is that the journal names; nil for one that the agent does not name any more.
  func requestByteCount(tool: String, model: String?) -> Int? {
    guard let model, tool != provider.description || model != self.model else { return request.count }
    let others = plan.routing.map(\.target) + plan.fallback
    return others.first { $0.tool?.description == tool && $0.name == model }.map { request(for: $0).count }
  }
}

extension ModelTarget {
  /// Nil for what is no plugin's id.
  var tool: ToolName? { ToolName(plugin: provider, function: "chat") }

  func isSameModel(as other: ModelTarget) -> Bool { provider == other.provider && name == other.name }
}

extension AgentDefinition {
  /// The same agent, with another model.
  func asking(_ target: ModelTarget) -> AgentDefinition {
    var other = self
    other.provider = target.tool ?? provider
    other.model = target.name
    other.settings = target.settings
    return other
  }
}
