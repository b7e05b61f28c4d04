import JSONCodec
import MCPServer
import Manifests
import ToolContracts

/// What a tenant may know of its manifests: what is on, and how flows are put together. Configuration, instructions and
/// places of files are the operator's.
final class ManifestResources: ResourceSource {
  private static let tenantURI = "jackfield://manifest/tenant"
  private static let flowPrefix = "jackfield://manifest/flow/"

  private let live: LiveConfiguration

  init(_ live: LiveConfiguration) { self.live = live }

  var tellsUpdates: Bool { false }

  var templates: [Resource] {
    [
      Resource(
        uri: Self.flowPrefix + "{flow}", name: "flow", title: "Flow",
        description: "The agents of a flow, their tools and whom they hand over to.",
        mimeType: "application/json", icons: ResourceIcon.flow)
    ]
  }

  func resources(for principal: Principal) async throws(InvocationFailure) -> [Resource] {
    let generation = live.generation
    guard principal.tenant == generation.tenant.name else { return [] }
    return generation.flows.map { flow in
      Resource(
        uri: Self.flowPrefix + flow.name, name: flow.name, title: "Flow \(flow.name)",
        description: flow.description.isEmpty ? nil : flow.description, mimeType: "application/json",
        icons: ResourceIcon.flow)
    } + [
      Resource(
        uri: Self.tenantURI, name: "tenant", title: "Tenant",
        description: "Which plugins, tools, flows and prompts are on, and the limits of single tools.",
        mimeType: "application/json", icons: ResourceIcon.manifest)
    ]
  }

  func read(
    _ uri: String, for principal: Principal
  ) async throws(InvocationFailure) -> ResourceContents? {
    let generation = live.generation
    guard principal.tenant == generation.tenant.name else { return nil }
    let json: JSONValue? =
      if uri == Self.tenantURI {
        generation.tenant.json
      } else if uri.hasPrefix(Self.flowPrefix) {
        generation.flows.first { $0.name == uri.dropFirst(Self.flowPrefix.count) }.map { FlowSheet($0).json }
      } else {
        nil
      }
    return json.map { ResourceContents(uri: uri, mimeType: "application/json", body: .text($0.text)) }
  }

  func completions(
    of variable: String, in template: String, prefix: String, for principal: Principal
  ) async throws(InvocationFailure) -> [String] {
    let generation = live.generation
    guard variable == "flow", principal.tenant == generation.tenant.name else { return [] }
    return generation.flows.map(\.name).filter { $0.hasPrefix(prefix) }
  }

}

extension Generation {
  /// Those that are on.
  fileprivate var flows: [FlowManifest] {
    tenant.flows.compactMap { configuration.flow($0.name) }.sorted { $0.name < $1.name }
  }
}

extension TenantManifest {
  fileprivate var json: JSONValue {
    var plugins = JSONObject()
    for plugin in self.plugins {
      let functions = plugin.functions?.map { JSONValue.string($0.pattern.description) } ?? ["*"]
      plugins[plugin.id] = ["functions": .array(functions)]
    }
    var tools = JSONObject()
    for settings in self.tools { tools[settings.tool.description] = settings.limits.json }
    return [
      "name": .string(name.description), "plugins": .object(plugins), "tools": .object(tools),
      "flows": .array(flows.map { .string($0.name) }),
      "prompts": .array(prompts.map { .string($0.name) }),
    ]
  }
}

extension LimitOverrides {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    object["timeout_ms"] = timeoutNanoseconds.map { .int($0 / 1_000_000) }
    object["max_result_bytes"] = maxResultBytes.map { .int($0) }
    object["concurrency"] = concurrency.map { .int($0) }
    object["grace_ms"] = graceNanoseconds.map { .int($0 / 1_000_000) }
    object["rate_limit"] = rate.map { rate in
      [
        "limit": .int(rate.limit), "period_ms": .int(rate.periodNanoseconds / 1_000_000),
        "burst": .int(rate.burst),
      ]
    }
    return .object(object)
  }
}
