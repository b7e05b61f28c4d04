import Invocation
import JSONCodec
import Manifests
import NativePlugins
import ToolContracts
import ToolRegistry

extension CommandSpec {
  static let pluginList = CommandSpec(
    path: ["plugin", "list"], options: [.tenant, .output(["text", "json"])],
    summary: "list the host's plugins, and which of them the tenant has",
    examples: ["jackfield plugin list", "jackfield plugin list --tenant globex -o json"],
    run: { (context) async throws(CommandFailure) in
      let (configuration, tenant) = try Host.readConfiguration(context)
      let lines =
        configuration.plugins.map { PluginLine($0, tenant: tenant) }
        + configuration.host.mcpServers.map { PluginLine($0, tenant: tenant) }
      if context.wantsJSON {
        context.console.result(JSONValue.array(lines.map(\.json)).serialized())
      } else {
        for line in lines { context.console.result(line.text) }
      }
      return .ok
    })
}

/// One line of `plugin list`.
private struct PluginLine {
  let id: String
  let file: String
  let isEnabled: Bool
  let descriptor: PluginDescriptor?
  let failure: PluginFailure?
  var isServer = false

  init(_ plugin: PluginFile, tenant: TenantManifest) {
    id = plugin.id
    file = plugin.file
    isEnabled = tenant.plugin(plugin.id) != nil
    do throws(PluginFailure) {
      descriptor = try PluginLoader.readDescriptor(of: plugin.file)
      failure = nil
    } catch {
      descriptor = nil
      failure = error
    }
  }

  /// What its tools are shows only when it runs; `tool list` starts it.
  init(_ server: MCPServerReference, tenant: TenantManifest) {
    id = server.name
    file = server.command
    isEnabled = tenant.plugin(server.name) != nil
    descriptor = nil
    failure = nil
    isServer = true
  }

  var text: String {
    if isServer {
      return padded(id, 12) + padded("mcp", 10) + padded(isEnabled ? "enabled" : "off", 10) + printable(file)
    }
    let state = failure == nil ? (isEnabled ? "enabled" : "off") : "unusable"
    let head = padded(id, 12) + padded(descriptor?.version ?? "-", 10) + padded(state, 10)
    if let failure { return head + failure.description }
    return head + printable(descriptor?.functions.map(\.name).joined(separator: ", ") ?? "")
  }

  var json: JSONValue {
    var object: JSONObject = ["id": .string(id), "file": .string(file), "enabled": .bool(isEnabled)]
    if isServer { object["kind"] = "mcp_server" }
    object["version"] = descriptor.map { .string($0.version) }
    object["functions"] = descriptor.map { .array($0.functions.map { .string($0.name) }) }
    object["error"] = failure.map { ["code": .string($0.code.rawValue), "message": .string($0.message)] }
    return .object(object)
  }
}
