import Glibc
import JSONCodec
import Manifests
import ModelContracts
import ToolContracts
import ToolRegistry

/// A tenant's providers of models, as people and as programs read them.
struct ProviderSheet {
  private struct Provider {
    let name: String
    let version: String
    let functions: [String]
    /// Where it sends its requests, as its configuration names it; by name where there are several.
    let endpoints: [(name: String, address: String)]
    let models: [String]
    let secrets: [(name: String, isPresent: Bool)]
  }
  private let providers: [Provider]

  init(_ functions: [EnabledFunction], _ tenant: TenantManifest, _ configuration: Configuration) {
    let all = functions.map(\.function).filter { $0.descriptor.kind != .tool }
    providers = Set(all.map { String($0.name.plugin) }).sorted().map { name in
      let own = all.filter { $0.name.plugin == name }
      let plugin = tenant.plugin(name)
      return Provider(
        name: name, version: own.first?.pluginVersion ?? "",
        functions: own.map { String($0.name.function) }.sorted(),
        endpoints: ProviderSheet.endpoints(plugin?.configuration ?? [:]),
        models: ProviderSheet.models(of: name, tenant, configuration).map(\.name),
        secrets: plugin?.secrets.map { ($0.name, $0.source.isPresent) } ?? [])
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
                ($0.name, .string($0.isPresent ? "present" : "missing"))
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
        console.result("  secret    \(secret.name) \(secret.isPresent ? "present" : "missing")")
      }
    }
  }
}

extension SecretSource {
  /// Whether there is something to read; it is not read.
  fileprivate var isPresent: Bool {
    switch self {
    case .environment(let name): getenv(name).map { $0[0] != 0 } ?? false
    case .file(let path): Self.hasContents(path)
    case .credential(let name):
      getenv("CREDENTIALS_DIRECTORY").map { Self.hasContents("\(String(cString: $0))/\(name)") } ?? false
    }
  }

  private static func hasContents(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_size > 0 && access(path, R_OK) == 0
  }
}
