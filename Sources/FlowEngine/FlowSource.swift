package import ToolRegistry

/// Where the flows of now come from, and the registry whose functions they use: both of the same moment.
package protocol FlowSource: Sendable {
  var flows: (catalog: FlowCatalog, registry: RegistrySnapshot) { get }
}

/// Flows that stay as they are.
struct FixedFlows: FlowSource {
  let catalog: FlowCatalog
  let source: any RegistrySource

  var flows: (catalog: FlowCatalog, registry: RegistrySnapshot) { (catalog, source.registry) }
}
