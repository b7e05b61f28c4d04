import JSONCodec
import Locking
import Manifests
import NativePlugins
import ToolContracts

/// The plugin files of a configuration, read once. Plugins that the tenant does not use are known by their descriptors
/// alone: none of their code is loaded.
struct LoadedPlugins: Sendable {
  private(set) var sources: [any ToolSource] = []
  /// What cannot be used, and why.
  private(set) var problems: [String] = []

  /// Nothing is loaded yet.
  init() {}

  init(_ configuration: Configuration, _ tenant: TenantManifest, _ isolation: PluginIsolation) {
    for plugin in configuration.plugins {
      do throws(PluginFailure) {
        let source: any ToolSource =
          if tenant.plugin(plugin.id) == nil {
            DescribedPlugin(descriptor: try PluginLoader.readDescriptor(of: plugin.file))
          } else {
            OpenOncePlugin(
              try isolation.source(plugin.file, configuration.isolation(of: plugin.id, for: tenant)))
          }
        guard source.descriptor.id == plugin.id else {
          throw PluginFailure(
            .descriptorMismatch, "\(plugin.file) is the plugin \(source.descriptor.id), not \(plugin.id)")
        }
        sources.append(source)
      } catch {
        problems.append(error.description)
      }
    }
  }
}

/// A plugin whose instance stays the same however often the registry is made anew, for as long as its manifests are the
/// same: other tools of an MCP server are no reason to end what a plugin has in hand. Of one tenant.
private final class OpenOncePlugin: ToolSource {
  private let source: any ToolSource
  private let instance = Lock<(any ToolBackend)?>(nil)

  init(_ source: any ToolSource) { self.source = source }

  var descriptor: PluginDescriptor { source.descriptor }
  var digest: String { source.digest }

  func open(
    for tenant: TenantID, configuration: JSONValue, services: GrantedServices, receiver: any CallReceiver
  ) throws(PluginFailure) -> any ToolBackend {
    if let instance = instance.withLock({ $0 }) { return instance }
    let opened = try source.open(
      for: tenant, configuration: configuration, services: services, receiver: receiver)
    instance.withLock { $0 = opened }
    return opened
  }
}
