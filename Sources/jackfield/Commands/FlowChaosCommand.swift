import FlowEngine
import Invocation
import JSONCodec
import JSONSchema
import ToolContracts
import ToolRegistry

// A flow, held against models that misbehave.
extension CommandSpec {
  private static let seed = OptionSpec(
    names: ["--seed"], value: "N", help: "for the models that choose (default: 0)")
  private static let cases = OptionSpec(
    names: ["--cases"], value: "LIST|all",
    help: "names of models of the provider chaos, with commas (default: all)")

  static let flowChaos = CommandSpec(
    path: ["flow", "chaos"],
    arguments: [ArgumentSpec(name: "FLOW", help: "a flow that is enabled for the tenant")],
    options: [seed, cases, .tenant, .output(["text", "json"])],
    summary: "run a flow with models that misbehave, and check what must hold all the same",
    discussion: """
      The provider `chaos` answers for every agent; the tenant must have it. Each case is a run of its own, of at most three
      seconds. It must come to one end, every call must have one result, every limit must hold, and going through it again must
      decide the same. Calls that fit are made for real: use a tenant and a state folder of a test.
      Exit codes: 0 all holds, 3 something does not.
      """,
    examples: [
      "jackfield flow chaos helpdesk --state /tmp/chaos",
      "jackfield flow chaos helpdesk --seed 7 --cases noise,stall",
    ],
    run: { (context) async throws(CommandFailure) in
      let seed = Int64(context.arguments[seed] ?? "0")
      guard let seed else {
        throw .usage("--seed takes a whole number, not \(context.arguments[Self.seed] ?? "")")
      }
      let trials = try await Host.use(context) { (host) async throws(CommandFailure) in
        try await Self.trials(on: host, context, seed: seed)
      }
      if context.wantsJSON {
        context.console.result(JSONValue.array(trials.map(\.json)).serialized())
      } else {
        for trial in trials { context.console.result(trial.line(context.console)) }
      }
      return trials.allSatisfy(\.violations.isEmpty) ? .ok : .findings
    })

  private static func trials(
    on host: Host, _ context: CommandContext, seed: Int64
  ) async throws(CommandFailure) -> [ChaosTrial] {
    let name = context.arguments.arguments[0]
    guard let flow = host.flows.catalog.flow(name, for: host.principal.tenant) else {
      throw CommandFailure("tool_not_found", "there is no flow \(name)", .notFound)
    }
    var trials: [ChaosTrial] = []
    for model in try await wanted(context.arguments[cases], on: host)
    where !context.interruption.isCancelled {
      trials.append(await ChaosTrial(of: flow, model: model, seed: seed, on: host, context.interruption))
    }
    return trials
  }

  /// The provider's own list of its models.
  private static func wanted(_ text: String?, on host: Host) async throws(CommandFailure) -> [String] {
    guard let models = ToolName(plugin: "chaos", function: "models"),
      host.registry[host.principal.tenant]?[models] != nil
    else {
      throw CommandFailure(
        "not_enabled",
        "the tenant does not have the provider chaos; list it under plugins of host and tenant",
        .findings)
    }
    let request = CallRequest(
      tool: models, arguments: Array("{}".utf8), principal: host.principal,
      call: CallID(run: host.identifiers.makeRunID(), step: 1))
    let outcome = await host.onLanes { await host.pipeline.call(request) }
    guard let json = try? outcome.get().json, let list = try? JSONValue(parsing: json) else {
      throw CommandFailure("internal", "the provider chaos does not list its models", .failed)
    }
    let known = list["models"]?.array?.compactMap { $0["name"]?.string } ?? []
    guard let text, text != "all" else { return known }
    let names = text.split(separator: ",").map(String.init)
    if let stray = names.first(where: { !known.contains($0) }) {
      let hint = nearestMatch(to: stray, in: known).map { "; did you mean \($0)?" } ?? ""
      throw .usage("chaos has no model \(stray)\(hint)")
    }
    return names
  }
}
