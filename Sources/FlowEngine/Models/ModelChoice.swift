import JSONCodec
import ModelContracts
import ToolContracts

/// The model that all agents of a run ask, instead of those that the flow names. What the tenant may not use is refused by
/// the pipeline as ever.
package struct ModelChoice: Sendable, Equatable {
  /// A plugin's id; nil: each agent's own.
  package var provider: String?
  /// The provider's own name of it; nil: each agent's own.
  package var name: String?

  /// - Returns: nil where nothing is chosen.
  package init?(provider: String?, name: String?) {
    if provider == nil && name == nil { return nil }
    self.provider = provider
    self.name = name
  }

  /// - Parameter start: of a `run.started`.
  init?(_ start: JSONView) {
    guard let choice = start["choice"] else { return nil }
    self.init(provider: choice["provider"]?.string, name: choice["model"]?.string)
  }

  func write(to data: inout JSONWriter) {
    data.key("choice")
    data.beginObject()
    if let provider { data.field("provider", provider) }
    if let name { data.field("model", name) }
    data.endObject()
  }
}

extension FlowDefinition {
  /// Who is asked by name is asked alone: there are neither other models by rule nor any to fall back on.
  func asking(_ choice: ModelChoice?) -> FlowDefinition {
    guard let choice else { return self }
    var flow = self
    for (name, agent) in agents {
      let target = ModelTarget(
        provider: choice.provider ?? String(agent.provider.plugin), name: choice.name ?? agent.model,
        settings: agent.settings)
      var other = agent.asking(target)
      other.plan.fallback = []
      other.plan.routing = []
      flow.agents[name] = other
    }
    return flow
  }
}
