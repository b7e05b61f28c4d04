import Glibc
import ModelContracts

/// Reads the host's manifest and every file that it names.
package struct ConfigurationLoader: Sendable {
  private let executableDirectory: String
  private let stateDirectory: String

  /// - Parameters:
  ///   - executableDirectory: beside it lies the folder `plugins`, where plugins are looked for by default.
  ///   - stateDirectory: what `${state_dir}` stands for, absolute.
  package init(executableDirectory: String, stateDirectory: String) {
    self.executableDirectory = executableDirectory
    self.stateDirectory = stateDirectory
  }

  /// - Throws: everything that can be found wrong without knowing what the plugins offer; `ConfigurationChecker` finds
  ///   the rest.
  package func load(_ path: String) throws(ManifestErrors) -> Configuration {
    let variables = ManifestVariables(
      manifestDirectory: absolute(ManifestFile.folder(of: path)), stateDirectory: stateDirectory)
    let hostFile = try ManifestKind.host.read(path)
    let host: HostManifest
    do { host = try HostManifest(hostFile, variables: variables) } catch { throw ManifestErrors([error]) }
    var errors: [ManifestError] = []
    let plugins = host.plugins.compactMap { plugin in find(plugin, of: host, &errors) }
    let tenants = read(host.tenants, &errors) { path, asker throws(ManifestErrors) in
      try TenantManifest(ManifestKind.tenant.read(path, askedFor: asker), variables: variables)
    }
    let flows = read(host.flows, &errors) { path, asker throws(ManifestErrors) in
      try readFlow(path, askedFor: asker)
    }
    let prompts = read(host.prompts, &errors) { path, asker throws(ManifestErrors) in
      try readPrompts(path, askedFor: asker)
    }
    let prices = read(host.prices.map { [$0] } ?? [], &errors) { path, asker throws(ManifestErrors) in
      try readPrices(path, askedFor: asker)
    }
    let configuration = Configuration(
      host: host, plugins: plugins, tenants: tenants, flows: flows, prompts: prompts,
      prices: prices.first?.prices ?? .none)
    // With a file missing, everything that refers to it would be called wrong too.
    if tenants.count == host.tenants.count && flows.count == host.flows.count
      && prompts.count == host.prompts.count
    {
      errors += ConfigurationChecker(configuration).check()
    }
    guard errors.isEmpty else { throw ManifestErrors(errors) }
    return configuration
  }

  /// One flow, of which it is not known whether all that it refers to is there.
  package func loadFlow(_ path: String) throws(ManifestErrors) -> FlowManifest { try readFlow(path) }

  /// All that is wrong with one manifest, of whatever kind; with what it refers to only where it is a host's.
  package func validate(_ path: String) -> [ManifestError] {
    do throws(ManifestErrors) {
      switch try ManifestKind.ofFile(path) {
      case .host: _ = try load(path)
      case .flow: _ = try readFlow(path)
      case .prompts: _ = try readPrompts(path)
      case .prices: _ = try readPrices(path)
      case .tenant:
        let variables = ManifestVariables(
          manifestDirectory: absolute(ManifestFile.folder(of: path)), stateDirectory: stateDirectory)
        _ = try TenantManifest(ManifestKind.tenant.read(path), variables: variables)
      }
      return []
    } catch { return error.errors }
  }

  private func readFlow(
    _ path: String, askedFor asker: SourceLocation? = nil
  ) throws(ManifestErrors) -> FlowManifest {
    let file = try ManifestKind.flow.read(path, askedFor: asker)
    do { return try FlowManifest(file) } catch { throw ManifestErrors([error]) }
  }

  private func readPrompts(
    _ path: String, askedFor asker: SourceLocation? = nil
  ) throws(ManifestErrors) -> PromptsManifest {
    let file = try ManifestKind.prompts.read(path, askedFor: asker)
    do { return try PromptsManifest(file) } catch { throw ManifestErrors([error]) }
  }

  private func readPrices(
    _ path: String, askedFor asker: SourceLocation? = nil
  ) throws(ManifestErrors) -> PricesManifest {
    let file = try ManifestKind.prices.read(path, askedFor: asker)
    do { return try PricesManifest(file) } catch { throw ManifestErrors([error]) }
  }

  private func read<Manifest>(
    _ files: [FileReference], _ errors: inout [ManifestError],
    _ read: (String, SourceLocation) throws(ManifestErrors) -> Manifest
  ) -> [Manifest] {
    var manifests: [Manifest] = []
    for file in files {
      do throws(ManifestErrors) { manifests.append(try read(file.path, file.location)) } catch {
        errors += error.errors
      }
    }
    return manifests
  }

  private func find(_ plugin: PluginReference, of host: HostManifest, _ errors: inout [ManifestError])
    -> PluginFile?
  {
    let folders = host.pluginPath ?? ["\(executableDirectory)/plugins"]
    let candidates = plugin.file.map { [$0] } ?? folders.map { "\($0)/\(plugin.id).so" }
    if let found = candidates.first(where: ManifestFile.exists) {
      return PluginFile(id: plugin.id, file: found, location: plugin.location)
    }
    let looked = candidates.map { "'\($0)'" }.joined(separator: " or ")
    errors.append(
      ManifestError(.fileMissing, at: plugin.location, "the plugin '\(plugin.id)' has no file \(looked)"))
    return nil
  }

  private func absolute(_ folder: String) -> String {
    guard let resolved = realpath(folder, nil) else { return folder }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
