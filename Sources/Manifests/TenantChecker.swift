import JSONCodec
import JSONSchema
import ToolContracts

/// Holds a tenant's manifest against what the plugins offer.
struct TenantChecker {
  let tenant: TenantManifest
  let configuration: Configuration
  let plugins: [PluginDescriptor]

  func check() -> [ManifestError] {
    tenant.plugins.flatMap(check) + tenant.tools.compactMap(check) + tenant.tools.compactMap(approvalError)
  }

  private func check(_ enabled: PluginEnablement) -> [ManifestError] {
    guard let plugin = plugins.first(where: { $0.id == enabled.id }) else { return [] }
    let names = plugin.functions.map(\.name)
    let unmatched = (enabled.functions ?? []).filter { reference in
      !names.contains(where: reference.pattern.matches)
    }
    return unmatched.map { reference in
      let pattern = reference.pattern.description
      return ManifestError(
        .unknownTool, at: reference.location,
        "no function of the plugin '\(plugin.id)' is named '\(pattern)'\(hint(pattern, names))")
    } + configurationErrors(of: enabled, plugin) + secretErrors(of: enabled, plugin)
  }

  private func secretErrors(of enabled: PluginEnablement, _ plugin: PluginDescriptor) -> [ManifestError] {
    enabled.secrets.filter { !plugin.secrets.contains($0.name) }.map { secret in
      ManifestError(
        .unknownSecret, at: secret.location,
        "the plugin '\(plugin.id)' asks for no secret named '\(secret.name)'\(hint(secret.name, plugin.secrets))"
      )
    }
  }

  private func check(_ limits: ToolSettings) -> ManifestError? {
    guard let plugin = plugins.first(where: { $0.id == limits.tool.plugin }) else { return nil }
    let names = plugin.functions.map(\.name)
    guard !names.contains(String(limits.tool.function)) else { return nil }
    let tools = names.map { "\(plugin.id).\($0)" }
    return ManifestError(
      .unknownTool, at: limits.location,
      "there is no tool '\(limits.tool)'\(hint(limits.tool.description, tools))")
  }

  private func approvalError(of settings: ToolSettings) -> ManifestError? {
    guard let approval = settings.approval, let condition = approval.condition else { return nil }
    do {
      _ = try CompiledSchema(condition)
      return nil
    } catch {
      return ManifestError(
        .schemaViolation, at: approval.location, "'when' is no JSON Schema: \(error.message)")
    }
  }

  private func configurationErrors(of enabled: PluginEnablement, _ plugin: PluginDescriptor)
    -> [ManifestError]
  {
    // A plugin that describes no configuration takes none.
    guard let schema = plugin.configSchema else {
      guard let stray = enabled.configuration.object?.keys.first else { return [] }
      return [
        ManifestError(
          .configurationInvalid, at: enabled.configurationSource.location(of: JSONPointer([stray])),
          "the plugin '\(plugin.id)' takes no configuration")
      ]
    }
    return ManifestSchema.errors(of: enabled.configurationSource, holding: enabled.configuration, as: schema)
  }
}
