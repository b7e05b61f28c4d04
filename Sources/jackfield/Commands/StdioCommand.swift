import JSONRPC
import MCPServer
import Telemetry

extension CommandSpec {
  static let stdio = CommandSpec(
    path: ["stdio"], options: [.tenant, .user],
    summary: "serve tools and flows to an MCP client over stdin and stdout",
    discussion: """
      Speaks every revision of the Model Context Protocol, 2024-11-05 to 2026-07-28. stdout carries the protocol and nothing
      else; messages go to stderr. Ends when stdin does, after what was asked has been answered.
      SIGUSR1 takes up the manifests and plugin files anew, if they are in order; clients are told. What mcp_servers,
      journal and runs say takes a restart.
      """,
    examples: ["jackfield stdio", "jackfield stdio --tenant acme --user ada"],
    run: { (context) async throws(CommandFailure) in
      // Before the first plugin is loaded: it may print.
      guard let wire = ProtectedStdio.claim() else {
        throw CommandFailure(
          "no_stdio", "stdin and stdout must be open: an MCP client connects to them", .failed)
      }
      let host = try await Host.start(context, stays: true)
      let upkeep = RunUpkeep(host, host.configuration.runs)
      let server = MCPServer(
        pipeline: host.pipeline, catalog: host.configuration, flows: host.flows,
        resources: JoinedResources([
          JournalResources(journal: host.journal), ManifestResources(host.configuration),
        ]),
        hasPrompts: true, journal: host.journal, changes: host.configuration.changes,
        lanes: host.lanes,
        principal: host.principal, identifiers: host.identifiers, time: host.time, log: host.log,
        metrics: host.metrics,
        info: ServerInfo(name: "jackfield", title: "Jackfield", version: Version.program))
      let end = await server.serve(input: wire.input, output: wire.output, stop: context.interruption)
      upkeep.end()
      await host.stop()
      if case .inputFailed(let errno) = end {
        throw CommandFailure("unreadable", "stdin cannot be read (error \(errno))", .failed)
      }
      return .ok
    })
}
