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

  static let pluginCheck = CommandSpec(
    path: ["plugin", "check"], arguments: [ArgumentSpec(name: "FILE.so", help: "a sealed plugin")],
    options: [.output(["text", "json"])],
    summary: "load a plugin as the host would, and say what is wrong with it",
    discussion: """
      Reads the descriptor from the file, loads the file in a process of its own, compares the two, and compiles every
      schema. Nothing of the plugin runs in this process. Exit codes: 0 nothing wrong, 3 errors found.
      """,
    examples: ["jackfield plugin check .build/release/plugins/calc.so"],
    run: { (context) async throws(CommandFailure) in
      let path = context.arguments.arguments[0]
      let locations = try Locations(context.arguments)
      let check = PluginCheck(of: path, probe: locations.probe)
      if context.wantsJSON {
        context.console.result(check.json.serialized())
      } else {
        for line in check.lines { context.console.result(line) }
      }
      return check.problems.isEmpty ? .ok : .findings
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

/// Everything that is wrong with a plugin file.
private struct PluginCheck {
  private(set) var problems: [(code: String, message: String)] = []
  private var descriptor: PluginDescriptor?

  init(of path: String, probe: String) {
    do throws(PluginFailure) {
      let descriptor = try PluginLoader.readDescriptor(of: path)
      self.descriptor = descriptor
      try PluginLoader(probe: probe, cache: nil, log: { _ in }).examine(path)
      let builder = RegistryBuilder()
      builder.add(DescribedPlugin(descriptor: descriptor))
      problems = builder.problems.map { ($0.code.rawValue, $0.message) }
    } catch {
      problems = [(error.code.rawValue, error.message)]
    }
  }

  var lines: [String] {
    var lines: [String] = []
    if let descriptor {
      lines.append("\(descriptor.id) \(descriptor.version)  \(descriptor.functions.count) functions")
    }
    lines += problems.map { "✗ \($0.message) [\($0.code)]" }
    return lines + [
      problems.isEmpty ? "✓ nothing wrong" : "\(problems.count) error\(problems.count == 1 ? "" : "s")"
    ]
  }

  var json: JSONValue {
    var object: JSONObject = [
      "ok": .bool(problems.isEmpty),
      "findings": .array(problems.map { ["code": .string($0.code), "message": .string($0.message)] }),
    ]
    object["id"] = descriptor.map { .string($0.id) }
    object["version"] = descriptor.map { .string($0.version) }
    return .object(object)
  }
}
