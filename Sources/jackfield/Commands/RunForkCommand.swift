import FlowEngine
import JSONCodec
import ToolContracts

extension CommandSpec {
  private static let step = OptionSpec(
    names: ["--at"], value: "STEP", help: "the call that is made anew, as `run show` numbers them")
  private static let arguments = OptionSpec(
    names: ["--with-args"], value: "JSON", help: "what that tool is called with instead")

  static let runFork = CommandSpec(
    path: ["run", "fork"], arguments: [.run], options: [step, arguments, .tenant],
    summary: "begin a run that was another one until a call, and goes on from there",
    discussion: """
      The new run has a copy of what came before that call and of the other calls of its turn, and does none of it again. The
      call itself and what follows are made for real, under keys of the new run, whatever became of them in the other one,
      which stays as it is. With --with-args the tool gets other arguments than the model asked for.
      Exit codes: those of `flow run`; 5 no such run or call.
      """,
    examples: [
      "jackfield run fork RUN --at 4", #"jackfield run fork RUN --at 4 --with-args '{"expression":"6*7"}'"#,
    ],
    run: { (context) async throws(CommandFailure) in
      let run = try context.runID()
      guard let text = context.arguments[step] else { throw .usage("run fork needs a call: --at STEP") }
      guard let step = UInt32(text) else { throw .usage("--at takes a number, not \(text)") }
      let arguments = try context.arguments[arguments].map { (text) throws(CommandFailure) in
        try object(text)
      }
      return try await Host.use(context) { (host) async throws(CommandFailure) in
        let narrator = RunNarrator(context.console)
        let new = host.identifiers.makeRunID()
        let outcome = try await host.attempt { () async throws(RunFailure) in
          try await host.flows.fork(
            run, at: step, arguments: arguments, as: new, of: host.principal.tenant,
            cancellation: context.interruption, observer: narrator, asker: TerminalAsker())
        }
        narrator.finish(outcome, run: new)
        return exitCode(of: outcome)
      }
    })

  private static func object(_ text: String) throws(CommandFailure) -> [UInt8] {
    let bytes = Array(text.utf8)
    let document: JSONDocument
    do { document = try JSONDocument(parsing: bytes, limits: .strict) } catch {
      throw .usage("--with-args is no JSON: \(error.message)")
    }
    guard document.root.kind == .object else { throw .usage("--with-args takes a JSON object") }
    return bytes
  }
}
