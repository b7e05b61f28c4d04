import JSONCodec
import Locking
import MCPServer
import Manifests
import ToolContracts

/// What a tenant may know of its manifests: what is on, and how flows are put together. Configuration, instructions and
/// places of files are the operator's.
final class ManifestResources: ResourceSource {
  private static let tenantURI = "jackfield://manifest/tenant"
  private static let flowPrefix = "jackfield://manifest/flow/"

  private struct State {
    var tenant: TenantManifest
    /// Those that are on.
    var flows: [FlowManifest]

    init(_ configuration: Configuration, _ tenant: TenantManifest) {
      self.tenant = tenant
      flows = tenant.flows.compactMap { configuration.flow($0.name) }.sorted { $0.name < $1.name }
    }
  }
  private let state: Lock<State>

  init(_ configuration: Configuration, _ tenant: TenantManifest) {
    state = Lock(State(configuration, tenant))
  }

  func replace(_ configuration: Configuration, _ tenant: TenantManifest) {
    state.withLock { $0 = State(configuration, tenant) }
  }

  private var tenant: TenantManifest { state.withLock { $0.tenant } }
  private var flows: [FlowManifest] { state.withLock { $0.flows } }

  var tellsUpdates: Bool { false }

  var templates: [Resource] {
    [
      Resource(
        uri: Self.flowPrefix + "{flow}", name: "flow", title: "Flow",
        description: "The agents of a flow, their tools and whom they hand over to.",
        mimeType: "application/json")
    ]
  }

  func resources(for principal: Principal) async throws(InvocationFailure) -> [Resource] {
    guard principal.tenant == tenant.name else { return [] }
    return flows.map { flow in
      Resource(
        uri: Self.flowPrefix + flow.name, name: flow.name, title: "Flow \(flow.name)",
        description: flow.description.isEmpty ? nil : flow.description, mimeType: "application/json")
    } + [
      Resource(
        uri: Self.tenantURI, name: "tenant", title: "Tenant",
        description: "Which plugins, tools, flows and prompts are on, and the limits of single tools.",
        mimeType: "application/json")
    ]
  }

  func read(
    _ uri: String, for principal: Principal
  ) async throws(InvocationFailure) -> ResourceContents? {
    guard principal.tenant == tenant.name else { return nil }
    let json: JSONValue? =
      if uri == Self.tenantURI {
        tenantJSON
      } else if uri.hasPrefix(Self.flowPrefix) {
        flows.first { $0.name == uri.dropFirst(Self.flowPrefix.count) }.map { FlowSheet($0).json }
      } else {
        nil
      }
    return json.map { ResourceContents(uri: uri, mimeType: "application/json", body: .text($0.text)) }
  }

  func completions(
    of variable: String, in template: String, prefix: String, for principal: Principal
  ) async throws(InvocationFailure) -> [String] {
    guard variable == "flow", principal.tenant == tenant.name else { return [] }
    return flows.map(\.name).filter { $0.hasPrefix(prefix) }
  }

  private var tenantJSON: JSONValue {
    let tenant = tenant
    var plugins = JSONObject()
    for plugin in tenant.plugins {
      let functions = plugin.functions?.map { JSONValue.string($0.pattern.description) } ?? ["*"]
      plugins[plugin.id] = ["functions": .array(functions)]
    }
    var tools = JSONObject()
    for settings in tenant.tools { tools[settings.tool.description] = settings.limits.json }
    return [
      "name": .string(tenant.name.description), "plugins": .object(plugins), "tools": .object(tools),
      "flows": .array(tenant.flows.map { .string($0.name) }),
      "prompts": .array(tenant.prompts.map { .string($0.name) }),
    ]
  }
}

extension LimitOverrides {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    object["timeout_ms"] = timeoutNanoseconds.map { .int($0 / 1_000_000) }
    object["max_result_bytes"] = maxResultBytes.map { .int($0) }
    object["concurrency"] = concurrency.map { .int($0) }
    object["rate_limit"] = rate.map { rate in
      [
        "limit": .int(rate.limit), "period_ms": .int(rate.periodNanoseconds / 1_000_000),
        "burst": .int(rate.burst),
      ]
    }
    return .object(object)
  }
}
