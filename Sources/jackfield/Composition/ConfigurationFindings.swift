import JSONCodec
import JSONSchema
import Manifests
import ModelContracts
import NativePlugins
import ToolContracts

/// All that can be found wrong with a manifest without running any code of a plugin.
struct ConfigurationFindings {
  let errors: [ManifestError]

  init(of path: String, _ locations: Locations) {
    let loader = ConfigurationLoader(
      executableDirectory: locations.executableDirectory, stateDirectory: locations.state)
    let errors = loader.validate(path)
    guard errors.isEmpty, let configuration = try? loader.load(path) else {
      self.errors = errors
      return
    }
    self.errors = ConfigurationFindings.plugins(of: configuration)
  }

  private static func plugins(of configuration: Configuration) -> [ManifestError] {
    let (descriptors, errors) = descriptors(of: configuration)
    return sorted(
      errors + ConfigurationChecker(configuration).check(plugins: descriptors)
        + configuration.tenants.flatMap(\.plugins).flatMap { PluginSecrets(of: $0).problems })
  }

  /// What is wrong with one flow, and what it can come to for one tenant.
  static func found(
    in flow: FlowManifest, for tenant: TenantManifest, of configuration: Configuration
  ) -> [ManifestError] {
    let (descriptors, errors) = descriptors(of: configuration)
    let wrong = ConfigurationChecker(configuration).check(plugins: descriptors)
    let prover = FlowProver(
      flow, for: tenant, plugins: descriptors, servers: configuration.host.mcpServers.map(\.name))
    let prices = PriceChecker(flow, for: tenant, prices: configuration.prices)
      .findings(on: CivilDay(wallClock: SystemTime().wallClock()))
    return sorted(errors + wrong.filter { $0.file == flow.file } + prover.findings() + prices)
  }

  /// Of the plugins whose files can be read, and why the others cannot.
  private static func descriptors(of configuration: Configuration) -> ([PluginDescriptor], [ManifestError]) {
    var errors: [ManifestError] = []
    var descriptors: [PluginDescriptor] = []
    for plugin in configuration.plugins {
      do {
        let descriptor = try PluginLoader.readDescriptor(of: plugin.file)
        descriptors.append(descriptor)
        guard descriptor.id != plugin.id else { continue }
        errors.append(
          ManifestError(
            .unknownPlugin, at: plugin.location,
            "\(plugin.file) is the plugin '\(descriptor.id)', not '\(plugin.id)'"))
      } catch {
        errors.append(ManifestError(.fileUnreadable, at: plugin.location, error.message))
      }
    }
    return (descriptors, errors)
  }
}
