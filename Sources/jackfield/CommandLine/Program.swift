import Glibc
import JSONSchema
import Locking
import ToolContracts

/// Finds the command that was asked for, runs it, and says how it went.
enum Program {
  static let commands: [CommandSpec] = [
    .chat, .flowRun, .flowList, .flowShow, .flowGraph, .flowCheck, .flowChaos, .runList, .runShow, .runResume,
    .runCancel,
    .runReplay, .runResolve,
    .runApprove, .runDeny, .runTakeOver, .runReturn,
    .runFork,
    .runPrune, .runExport, .runImport, .runVerify,
    .conversationList, .conversationShow, .conversationUndo, .conversationExport, .conversationImport,
    .toolList,
    .toolCall, .toolApprove, .pluginList, .pluginNew, .pluginBuild, .pluginRun,
    .pluginCheck,
    .providerList, .providerModels, .providerTest, .providerClearCache,
    .usage, .configValidate, .doctor, .stdio,
    .schemaValidate, .schemaCompare, .schemaExplain, .schemaBowtie, .jsonCheck, .jsonCanonicalize,
    .version,
  ]

  static func run(_ words: [String]) -> Int32 {
    signal(SIGPIPE, SIG_IGN)
    Interruption.hold()
    let wantsJSON = zip(words, words.dropFirst()).contains {
      ["-o", "--output"].contains($0) && $1 == "json"
    }
    do {
      guard let (command, rest) = try find(words) else { return ExitCode.ok.rawValue }
      let arguments = try ParsedArguments(rest, options: command.options + OptionSpec.global)
      let console = Console(
        isQuiet: arguments.has("--quiet"), isVerbose: arguments.has("--verbose"),
        noColor: arguments.has("--no-color"))
      if arguments.has("--help") {
        console.result(Help.command(command))
        return ExitCode.ok.rawValue
      }
      try arguments.check(command)
      let (interruption, reloading) = Interruption.watch()
      let context = CommandContext(
        arguments: arguments, console: console, interruption: interruption, reloading: reloading)
      return try finish(command, context).rawValue
    } catch {
      Console().failure(error, asJSON: wantsJSON || words.contains("--output=json"))
      return error.exit.rawValue
    }
  }

  /// - Returns: nil where only help was asked for, which has been shown.
  private static func find(_ words: [String]) throws(CommandFailure) -> (CommandSpec, ArraySlice<String>)? {
    // The longest first: `flow run` before `flow`.
    for command in commands where words.starts(with: command.path) {
      return (command, words.dropFirst(command.path.count))
    }
    let first = words.first ?? "--help"
    if ["--help", "-h", "help"].contains(first) {
      Console().result(Help.program(commands))
      return nil
    }
    let asked = words.prefix { !$0.hasPrefix("-") }.prefix(2).joined(separator: " ")
    let hint = nearestMatch(to: asked, in: commands.map(\.name)).map { "; did you mean \($0)?" } ?? ""
    throw .usage("there is no command \(asked.isEmpty ? first : asked)\(hint) (jackfield --help lists them)")
  }

  /// Runs the command's task and waits for it here: this thread has nothing else to do.
  private static func finish(_ command: CommandSpec, _ context: CommandContext) throws(CommandFailure)
    -> ExitCode
  {
    let outcome = Condition<Result<ExitCode, CommandFailure>?>(nil)
    Task {
      let result: Result<ExitCode, CommandFailure>
      do throws(CommandFailure) {
        result = .success(try await command.run(context))
      } catch {
        result = .failure(error)
      }
      outcome.withLock { $0 = result }
      outcome.broadcast()
    }
    return try outcome.wait { $0 }.get()
  }
}
