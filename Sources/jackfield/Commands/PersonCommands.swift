import FlowEngine
import ToolContracts

// Runs that were handed over to a person.
extension CommandSpec {
  private static let text = OptionSpec(
    names: ["--text"], value: "TEXT|-",
    help: "the answer to the user; - reads it from stdin; without it, the agent goes on where it was")

  static let runTakeOver = CommandSpec(
    path: ["run", "take-over"], arguments: [.run], options: [.tenant, .user],
    summary: "take over a run that was handed over to a person",
    discussion: """
      From then on nobody else gives it back. Who takes it over is recorded: --user is needed.
      Exit codes: 0 taken over; 1 it waits for nobody, or somebody else has it.
      """,
    examples: ["jackfield run take-over RUN --user ada"],
    run: { (context) async throws(CommandFailure) in
      let run = try context.runID()
      try await settle(context) { (host) async throws(RunFailure) in
        try await host.flows.takeOver(run, by: host.principal)
      }
      context.console.message("jackfield run return \(run) --text TEXT answers and gives it back")
      return .ok
    })

  static let runReturn = CommandSpec(
    path: ["run", "return"], arguments: [.run], options: [text, .tenant, .user],
    summary: "answer in the place of an agent, and give the run back",
    discussion: """
      Only who has taken it over can. The run goes on with `jackfield run resume`, or by itself once a host starts: with --text
      as its answer, or else with the agent's.
      Exit codes: 0 given back; 1 it waits for nobody, or somebody else has it.
      """,
    examples: [
      "jackfield run return RUN --user ada --text 'It is on its way.'", "jackfield run return RUN --user ada",
    ],
    run: { (context) async throws(CommandFailure) in
      let run = try context.runID()
      var answer: String?
      if let given = context.arguments[text] {
        let bytes = given == "-" ? try readFile("-") : Array(given.utf8)
        guard let valid = String(validating: bytes, as: UTF8.self) else {
          throw CommandFailure("invalid_utf8", "the answer is not valid UTF-8", .failed)
        }
        answer = valid.trimmed
      }
      let said = answer
      try await settle(context) { (host) async throws(RunFailure) in
        try await host.flows.giveBack(run, text: said, by: host.principal)
      }
      context.console.message("jackfield run resume \(run) goes on with the run")
      return .ok
    })

  private static func settle(
    _ context: CommandContext, _ body: @escaping @Sendable (Host) async throws(RunFailure) -> Void
  ) async throws(CommandFailure) {
    try await Host.use(context) { (host) async throws(CommandFailure) in
      try await host.attempt { () async throws(RunFailure) in try await body(host) }
    }
  }
}
