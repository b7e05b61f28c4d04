import JSONCodec
import Manifests
import ModelContracts
import NativePlugins
import Secrets
import ToolContracts

/// A tenant's providers of models, as people and as programs read them.
struct ProviderSheet {
  private struct Provider {
    let name: String
    let version: String
    let functions: [String]
    /// Where it sends its requests, as its configuration names it; by name where there are several.
    let endpoints: [(name: String, address: String)]
    let models: [String]
    let secrets: [(name: String, trouble: SecretFailure?)]
  }
  private let providers: [Provider]

  /// Reads descriptors, and runs nothing. A plugin whose file cannot be read is left out: `plugin list` says why.
  init(_ tenant: TenantManifest, _ configuration: Configuration) {
    providers = configuration.plugins.sorted { $0.id < $1.id }.compactMap { plugin in
      guard let enabled = tenant.plugin(plugin.id),
        let descriptor = try? PluginLoader.readDescriptor(of: plugin.file)
      else { return nil }
      let functions = descriptor.functions.filter { $0.kind != .tool && enabled.allows($0.name) }
      if functions.isEmpty { return nil }
      return Provider(
        name: plugin.id, version: descriptor.version, functions: functions.map(\.name).sorted(),
        endpoints: ProviderSheet.endpoints(enabled.configuration),
        models: ProviderSheet.models(of: plugin.id, tenant, configuration).map(\.name),
        secrets: enabled.secrets.map { ($0.name, ProviderSheet.trouble(with: $0.source)) })
    }
  }

  /// Why a secret cannot be had; never what it is.
  private static func trouble(with source: SecretSource) -> SecretFailure? {
    do throws(SecretFailure) {
      _ = try source.read()
      return nil
    } catch { return error }
  }

  private static func state(_ trouble: SecretFailure?) -> String {
    switch trouble?.reason {
    case nil: "present"
    case .exposed: "exposed"
    case .unreadable: "missing"
    }
  }

  /// That the tenant's flows ask of a provider, in the order of the manifests.
  static func models(
    of provider: String, _ tenant: TenantManifest, _ configuration: Configuration
  ) -> [ModelTarget] {
    var models: [ModelTarget] = []
    for flow in tenant.flows.compactMap({ configuration.flow($0.name) }) {
      for agent in flow.agents {
        let own = ModelTarget(
          provider: agent.model.provider, name: agent.model.name, settings: agent.model.settings)
        let others = agent.model.plan.routing.map(\.target) + agent.model.plan.fallback
        for model in [own] + others where model.provider == provider {
          if !models.contains(where: { $0.name == model.name }) { models.append(model) }
        }
      }
    }
    return models
  }

  private static func endpoints(_ configuration: JSONValue) -> [(name: String, address: String)] {
    func address(_ value: JSONValue) -> String? {
      let words = [value["preset"]?.string, value["base_url"]?.string].compactMap(\.self)
      return words.isEmpty ? nil : words.joined(separator: " ")
    }
    if case .object(let named)? = configuration["endpoints"] {
      return named.map { ($0.key.description, address($0.value) ?? "standard") }
    }
    return [("", address(configuration) ?? "standard")]
  }

  var json: JSONValue {
    .array(
      providers.map { provider in
        [
          "name": .string(provider.name), "version": .string(provider.version),
          "functions": .array(provider.functions.map { .string($0) }),
          "endpoints": .object(
            JSONObject(
              uniqueKeysWithValues: provider.endpoints.map {
                ($0.name.isEmpty ? "default" : $0.name, .string($0.address))
              })),
          "models": .array(provider.models.map { .string($0) }),
          "secrets": .object(
            JSONObject(
              uniqueKeysWithValues: provider.secrets.map {
                ($0.name, .string(ProviderSheet.state($0.trouble)))
              })),
          // Known to each running host alone.
          "circuit_breaker": .null,
        ]
      })
  }

  func print(on console: Console) {
    for provider in providers {
      console.result(
        padded(provider.name, 14) + padded(provider.version, 10) + provider.functions.joined(separator: ", "))
      let endpoints = provider.endpoints.map {
        $0.name.isEmpty ? printable($0.address) : "\(printable($0.name)): \(printable($0.address))"
      }
      console.result("  endpoint  " + endpoints.joined(separator: ", "))
      if !provider.models.isEmpty {
        console.result("  models    " + provider.models.map { printable($0) }.joined(separator: ", "))
      }
      for secret in provider.secrets {
        let reason = secret.trouble.map { ": " + printable($0.message) } ?? ""
        console.result("  secret    \(secret.name) \(ProviderSheet.state(secret.trouble))\(reason)")
      }
    }
  }
}
