import JSONCodec
import Manifests
import ToolContracts

// What can be told of a flow without running it.
extension CommandSpec {
  private static let flow = ArgumentSpec(name: "FLOW", help: "a flow that is enabled for the tenant")

  static let flowGraph = CommandSpec(
    path: ["flow", "graph"], arguments: [flow],
    options: [.tenant, .output(FlowDrawing.Format.allCases.map(\.rawValue).reversed())],
    summary: "draw a flow's agents and handoffs",
    discussion: """
      Dashed arrows, and those with two tips, stand for agents that are asked and answer.
      """,
    examples: ["jackfield flow graph helpdesk", "jackfield flow graph helpdesk -o svg > helpdesk.svg"],
    run: { (context) async throws(CommandFailure) in
      let (_, _, flow) = try enabledFlow(context)
      let format = context.arguments[option: "--output"].flatMap(FlowDrawing.Format.init) ?? .text
      context.console.result(FlowDrawing(flow).drawn(as: format))
      return .ok
    })

  static let flowCheck = CommandSpec(
    path: ["flow", "check"], arguments: [flow], options: [.tenant, .output(["text", "json"])],
    summary:
      "find what a flow can come to: dead ends, missing tools and secrets, effects that nobody approves",
    discussion: """
      Reads manifests and descriptors, and runs nothing. A tool of an external server may do anything and tell anything.
      A model without a price is found where a sum of money holds, and is a warning elsewhere.
      Exit codes: 0 nothing found, or warnings alone; 3 something found.
      """,
    examples: ["jackfield flow check helpdesk", "jackfield flow check helpdesk --tenant globex -o json"],
    run: { (context) async throws(CommandFailure) in
      let (configuration, tenant, flow) = try enabledFlow(context)
      let findings = ConfigurationFindings.found(in: flow, for: tenant, of: configuration)
      if context.wantsJSON {
        context.console.result(JSONValue.array(findings.map(\.json)).serialized())
      } else {
        for finding in findings {
          context.console.result((finding.isWarning ? "warning: " : "") + finding.description)
        }
        let count = findings.count
        context.console.message(
          count == 0
            ? "\(flow.name): nothing found" : "\(flow.name): \(count) finding\(count == 1 ? "" : "s")")
      }
      return findings.allSatisfy(\.isWarning) ? .ok : .findings
    })

  private static func enabledFlow(
    _ context: CommandContext
  ) throws(CommandFailure) -> (Configuration, TenantManifest, FlowManifest) {
    let (configuration, tenant) = try Host.readConfiguration(context)
    let name = context.arguments.arguments[0]
    guard tenant.flows.contains(where: { $0.name == name }), let flow = configuration.flow(name) else {
      throw CommandFailure("tool_not_found", "there is no flow \(name)", .notFound)
    }
    return (configuration, tenant, flow)
  }
}
