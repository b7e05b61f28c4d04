import JSONCodec
import ToolContracts

/// A plugin that is known by its descriptor alone: none of its code is loaded and nobody may use it. It has a name, so
/// that a call of it can be refused for the right reason.
struct DescribedPlugin: ToolSource {
  let descriptor: PluginDescriptor
  let digest = ""

  func open(
    for tenant: TenantID, configuration: JSONValue, services: GrantedServices,
    receiver: any CallReceiver
  ) throws(PluginFailure) -> any ToolBackend {
    throw PluginFailure(.openFailed, "\(descriptor.id) is not enabled for this tenant")
  }
}
