package import JSONCodec
import Manifests
package import ToolContracts

extension FlowDefinition {
  /// The same flow, whose agents are all answered for by one model of another provider.
  ///
  /// - Parameter timeoutNanoseconds: how long a run may take, where the flow does not say less.
  package func answered(
    by provider: ToolName, model: String, settings: JSONValue, timeoutNanoseconds: Int64
  ) -> FlowDefinition {
    var other = self
    other.limits.timeoutNanoseconds = min(limits.timeoutNanoseconds, timeoutNanoseconds)
    other.agents = agents.mapValues { agent in
      var agent = agent
      (agent.provider, agent.model, agent.settings) = (provider, model, settings)
      return agent
    }
    return other
  }
}
