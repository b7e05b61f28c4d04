import FlowEngine
import ToolContracts

// What can be done with a run whose host stopped in the middle of it.
extension CommandSpec {
  private static let takeOver = OptionSpec(
    names: ["--take-over"],
    help: "although another host has it and hangs; whatever that one still writes of it is refused")

  static let runResume = CommandSpec(
    path: ["run", "resume"], arguments: [.run], options: [takeOver, .tenant],
    summary: "go on with a run whose host stopped",
    discussion: """
      Nothing that the journal has is done again: the answers of models and tools are taken from it. A call that was being
      made is made again, under the same key, if its function has no effect or is idempotent. Any other may have
      happened: the run then waits for `run resolve`.
      Exit codes: as for `flow run`; 1 where a call is in doubt or the run is finished or going on elsewhere.
      """,
    examples: ["jackfield run list --open", "jackfield run resume RUN"],
    run: { (context) async throws(CommandFailure) in
      let run = try context.runID()
      return try await Host.use(context) { (host) async throws(CommandFailure) in
        let narrator = RunNarrator(context.console)
        let paused = try await host.attempt { () async throws(RunFailure) in
          try await host.flows.resume(
            run, of: host.principal.tenant, takingOver: context.arguments.has(takeOver.name),
            cancellation: context.interruption, observer: narrator)
        }
        let outcome = await host.settle(paused, of: run, context, observer: narrator)
        narrator.finish(outcome, run: run)
        if outcome.status == .inDoubt {
          context.console.message(
            "jackfield run resolve \(run) STEP --as happened|did-not|retry, then resume it")
        }
        return exitCode(of: outcome)
      }
    })

  static let runCancel = CommandSpec(
    path: ["run", "cancel"], arguments: [.run], options: [.tenant],
    summary: "end a run, whichever process it is going on in",
    discussion: """
      A host that has the run sees the request within 100 ms and cancels the call that the run is in, which reaches the
      plugin. A run that no host has is ended here. Returns once the end is in the journal.
      Exit codes: 0 it has ended; 1 it is finished already, waits for `run resolve`, or its host has not ended it after ten
      seconds: the request stands.
      """,
    examples: ["jackfield run list --open", "jackfield run cancel RUN"],
    run: { (context) async throws(CommandFailure) in
      let run = try context.runID()
      try await Host.use(context) { (host) async throws(CommandFailure) in
        try await host.attempt { () async throws(RunFailure) in
          try await host.flows.cancel(run, of: host.principal.tenant)
        }
      }
      context.console.message("run \(run) has ended")
      return .ok
    })

  private static let resolution = OptionSpec(
    names: ["--as"], value: Resolution.allCases.map(\.rawValue).joined(separator: "|"),
    help: "what became of the call: it had its effect, it had none, or make it again whatever it did",
    choices: Resolution.allCases.map(\.rawValue))

  static let runResolve = CommandSpec(
    path: ["run", "resolve"],
    arguments: [.run, ArgumentSpec(name: "STEP", help: "the step, as `run resume` names it")],
    options: [resolution, .tenant, .user],
    summary: "say what became of a call that was being made when its host stopped",
    discussion: """
      The plugin is asked first, where it can look it up: what it knows holds, whatever --as says. Without --as nobody else is
      heard, and where the plugin does not know, its note is told.
      Exit codes: 0 resolved; 1 the step is not in doubt, or nobody knows.
      """,
    examples: [
      "jackfield run resolve RUN 4",
      "jackfield run resolve RUN 4 --as happened", "jackfield run resume RUN",
    ],
    run: { (context) async throws(CommandFailure) in
      let run = try context.runID()
      guard let step = UInt32(context.arguments.arguments[1]) else {
        throw .usage("STEP is a number, not \(context.arguments.arguments[1])")
      }
      let said = context.arguments[resolution].flatMap(Resolution.init)
      let source = try await Host.use(context) { (host) async throws(CommandFailure) in
        try await host.attempt { () async throws(RunFailure) in
          try await host.flows.resolve(
            run, step: step, as: said, by: host.principal.user, of: host.principal.tenant)
        }
      }
      if case .plugin(let known) = source { context.console.message("the plugin says: \(known.rawValue)") }
      return .ok
    })
}
