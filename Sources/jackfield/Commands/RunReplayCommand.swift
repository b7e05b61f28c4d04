import FlowEngine
import Manifests
import NativePlugins
import ToolContracts

extension CommandSpec {
  private static let other = OptionSpec(
    names: ["--against"], value: "FILE",
    help: "another version of the run's flow (a manifest), or of a plugin that it used (a .so)")

  static let runReplay = CommandSpec(
    path: ["run", "replay"], arguments: [.run], options: [other, .tenant],
    summary: "go through a run again without calling anything, and check that it decides the same",
    discussion: """
      Against a flow: the first event that it would have decided otherwise. Against a plugin: calls that it would not take as
      they were taken, and results that it says it would not give.
      Exit codes: 0 it does, 3 it does not: the flow or the program has changed since.
      """,
    examples: [
      "jackfield run replay RUN", "jackfield run replay RUN --against next/helpdesk.yaml",
      "jackfield run replay RUN --against .build/debug/plugins/calc.so",
    ],
    run: { (context) async throws(CommandFailure) in
      let run = try context.runID()
      guard let file = context.arguments[other] else { return try await replay(run, nil, context) }
      if file.hasSuffix(".so") { return try await compare(run, file, context) }
      return try await replay(run, try flow(file, context), context)
    })

  private static func replay(
    _ run: RunID, _ other: FlowDefinition?, _ context: CommandContext
  ) async throws(CommandFailure) -> ExitCode {
    let count = try await Host.use(context) { (host) async throws(CommandFailure) in
      try await host.attempt { () async throws(RunFailure) in
        try await host.flows.replay(run, of: host.principal.tenant, against: other)
      }
    }
    context.console.result("\(count) events, every decision as it was")
    return .ok
  }

  private static func compare(
    _ run: RunID, _ file: String, _ context: CommandContext
  ) async throws(CommandFailure) -> ExitCode {
    let plugin: PluginDescriptor
    do { plugin = try PluginLoader.readDescriptor(of: file) } catch {
      throw CommandFailure(error.code.rawValue, error.message, .findings)
    }
    let comparison = try await Host.use(context) { (host) async throws(CommandFailure) in
      try await host.attempt { () async throws(RunFailure) in
        try await host.flows.compare(run, of: host.principal.tenant, against: plugin)
      }
    }
    for finding in comparison.findings {
      context.console.result("step \(finding.step)  \(finding.tool)  \(printable(finding.problem))")
    }
    context.console.message(
      "\(comparison.calls) calls of \(plugin.id), held against version \(printable(plugin.version))")
    return comparison.findings.isEmpty ? .ok : .findings
  }

  private static func flow(
    _ file: String, _ context: CommandContext
  ) throws(CommandFailure) -> FlowDefinition {
    let locations = try Locations(context.arguments)
    let loader = ConfigurationLoader(
      executableDirectory: locations.executableDirectory, stateDirectory: locations.state)
    let manifest: FlowManifest
    do { manifest = try loader.loadFlow(file) } catch { throw CommandFailure(error) }
    do { return try FlowDefinition(manifest) } catch {
      throw CommandFailure(
        "schema_violation", "\(error.location.file):\(error.location.line): \(error.message)", .findings)
    }
  }
}
