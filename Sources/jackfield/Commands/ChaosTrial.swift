import FlowEngine
import JSONCodec
import Storage
import ToolContracts

/// One run of a flow with a model that misbehaves, and what is to be said of it.
struct ChaosTrial: Sendable {
  let model: String
  let run: RunID
  let outcome: FlowOutcome
  let violations: [String]
  let effects: [String]

  // swift-format-ignore: NeverForceUnwrap
  private static let provider = ToolName(plugin: "chaos", function: "chat")!  // a name by the rules of names
  private static let timeoutNanoseconds: Int64 = 3_000_000_000

  init(
    of flow: FlowDefinition, model: String, seed: Int64, on host: Host, _ interruption: Cancellation
  ) async {
    let tenant = host.principal.tenant
    let run = host.identifiers.makeRunID()
    let stressed = flow.answered(
      by: Self.provider, model: model, settings: ["seed": .int(seed)],
      timeoutNanoseconds: Self.timeoutNanoseconds)
    let runner = FlowRunner(
      catalog: FlowCatalog(flows: [stressed], enabled: [tenant: [flow.name]]), registry: host.configuration,
      pipeline: host.pipeline, lanes: host.lanes, journal: host.journal, time: host.time, log: host.log)
    // A run whose time is up cancels what it was given.
    let cancellation = Cancellation()
    let handler = interruption.addHandler { cancellation.cancel() }
    defer { if let handler { interruption.removeHandler(handler) } }
    let outcome = await host.onLanes {
      await runner.run(
        FlowRequest(
          flow: flow.name, input: "What can you do?", principal: host.principal, run: run,
          cancellation: cancellation))
    }
    let events = (try? await host.journal.events(of: run, tenant: tenant)) ?? []
    let invariants = RunInvariants(events, limits: flow.limits)
    var violations =
      [.awaitingApproval, .awaitingPerson].contains(outcome.status) ? [] : invariants.violations
    do throws(RunFailure) { _ = try await runner.replay(run, of: tenant) } catch {
      violations.append(error.message)
    }
    (self.model, self.run, self.outcome) = (model, run, outcome)
    (self.violations, effects) = (violations, invariants.effects)
  }

  func line(_ console: Console) -> String {
    let code = outcome.failure.map { " (\($0.code.rawValue))" } ?? ""
    let verdict = violations.isEmpty ? console.styled("ok", .green) : console.styled("FAILED", .red)
    let effect = effects.isEmpty ? "" : "  \(effects.count) effect\(effects.count == 1 ? "" : "s")"
    let head = "\(verdict)  \(padded(model, 18))\(outcome.status.rawValue)\(code)\(effect)"
    return ([head] + violations.map { "    \($0)" }).joined(separator: "\n")
  }

  var json: JSONValue {
    [
      "case": .string(model), "run_id": .string(run.description), "outcome": .string(outcome.status.rawValue),
      "error": outcome.failure.map { .string($0.code.rawValue) } ?? .null,
      "violations": .array(violations.map { .string($0) }), "effects": .array(effects.map { .string($0) }),
    ]
  }
}
