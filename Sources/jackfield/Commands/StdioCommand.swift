import JSONRPC
import MCPServer
import ToolContracts

extension CommandSpec {
  static let stdio = CommandSpec(
    path: ["stdio"], options: [.tenant, .user],
    summary: "serve the tenant's tools and flows to an MCP host over stdin and stdout",
    discussion: """
      Speaks MCP 2024-11-05 to 2026-07-28, one JSON-RPC message a line. Stdout carries nothing else, whatever a plugin
      prints; log lines go to stderr. Ends within two seconds once stdin ends.
      """,
    examples: ["jackfield stdio --tenant acme --config manifests/demo/jackfield.yaml"],
    run: { (context) async throws(CommandFailure) in
      // Before any plugin is loaded: none may ever hold the protocol's descriptors.
      let stdio = ProtectedStdio.claim()
      let host = try await Host.start(context, logsAt: .info)
      let server = MCPServer(host)
      await server.serve(input: stdio.input, output: stdio.output)
      await host.stop()
      return .ok
    })
}
