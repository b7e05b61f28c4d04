package import JSONCodec
package import ToolContracts

/// The approved tools of a server, for one tenant.
package struct MCPToolSource: ToolSource {
  package let descriptor: PluginDescriptor
  package let digest: String
  private let server: ExternalServer
  private let tenant: TenantID
  private let tools: [ApprovedTool]

  package init(
    _ tools: [(name: ToolName, tool: OfferedTool)], of server: ExternalServer, for tenant: TenantID
  ) {
    let tools = tools.sorted { $0.name < $1.name }
    self.server = server
    self.tenant = tenant
    self.tools = tools.map { ApprovedTool(name: $0.tool.name, digest: $0.tool.digest ?? "") }
    descriptor = PluginDescriptor(
      id: server.name, version: "mcp", functions: tools.map { FunctionDescriptor($0.tool, name: $0.name) })
    digest = "sha256:" + hexadecimal(sha256(of: self.tools.flatMap { Array("\($0.digest)\n".utf8) }))
  }

  package func open(
    for tenant: TenantID, configuration: JSONValue, services: GrantedServices,
    receiver: any CallReceiver
  ) throws(PluginFailure) -> any ToolBackend {
    guard tenant == self.tenant else {
      throw PluginFailure(.openFailed, "\(server.name) runs for another tenant")
    }
    return MCPToolBackend(server: server, tools: tools, receiver: receiver)
  }
}

struct ApprovedTool: Sendable {
  /// The server's own.
  let name: String
  let digest: String
}

/// Calls go to the server's process and are complete when it answers.
final class MCPToolBackend: ToolBackend {
  private let server: ExternalServer
  private let tools: [ApprovedTool]
  private let receiver: any CallReceiver

  init(server: ExternalServer, tools: [ApprovedTool], receiver: any CallReceiver) {
    self.server = server
    self.tools = tools
    self.receiver = receiver
  }

  func invoke(_ call: CallHandle, function: Int, arguments: UnsafeRawBufferPointer) -> CallStatus {
    guard tools.indices.contains(function) else { return .argument }
    let tool = tools[function]
    return server.call(call, tool: tool.name, digest: tool.digest, arguments: arguments, receiver: receiver)
  }

  func cancel(_ call: CallHandle) { server.cancel(call) }

  /// Whoever started the server stops it.
  func close() {}
}
