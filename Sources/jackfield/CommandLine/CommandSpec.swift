import ToolContracts

/// An option of a command.
struct OptionSpec: Sendable {
  /// All spellings, the one shown in messages last: `-m`, `--message`.
  var names: [String]
  /// What stands for the value in the help; nil for a flag.
  var value: String?
  var help: String
  /// The only values that make sense; empty: any.
  var choices: [String] = []
  var isRepeatable = false

  var name: String { names.last ?? "" }
}

/// A positional argument of a command.
struct ArgumentSpec: Sendable {
  var name: String
  var help: String
  var isOptional = false
}

/// One command: how it is written, what it is for, what it does.
struct CommandSpec: Sendable {
  var path: [String]
  var arguments: [ArgumentSpec] = []
  var options: [OptionSpec] = []
  var summary: String
  /// What the summary leaves out: formats, limits, exit codes.
  var discussion = ""
  var examples: [String]
  var run: @Sendable (CommandContext) async throws(CommandFailure) -> ExitCode

  var name: String { path.joined(separator: " ") }
}

/// What a running command has: what was asked, where to write, and how it is told to stop.
struct CommandContext: Sendable {
  var arguments: ParsedArguments
  var console: Console
  /// Cancelled by the first interrupt.
  var interruption: Cancellation
  var reloading: ReloadRequests
}

extension OptionSpec {
  static let config = OptionSpec(
    names: ["--config"], value: "FILE",
    help: "the host's manifest (default: $JACKFIELD_CONFIG, else jackfield.yaml)")
  static let state = OptionSpec(
    names: ["--state"], value: "DIR",
    help: "where the journal is kept (default: $JACKFIELD_STATE, else the XDG state folder)")
  static let tenant = OptionSpec(
    names: ["--tenant"], value: "T", help: "on whose behalf (default: the host manifest's default_tenant)")
  static let user = OptionSpec(
    names: ["--user"], value: "U", help: "the person who asks; recorded with the run")

  static let input = OptionSpec(
    names: ["--input"], value: "JSON|@FILE|-",
    help: "the arguments: JSON text, a file, or stdin (default: {})")

  static func output(_ choices: [String]) -> OptionSpec {
    OptionSpec(
      names: ["-o", "--output"], value: choices.joined(separator: "|"),
      help: "how results are written (default: \(choices[0]))",
      choices: choices)
  }

  static let global: [OptionSpec] = [
    .config, .state,
    OptionSpec(names: ["--no-color"], help: "plain text (also: NO_COLOR, or no terminal)"),
    OptionSpec(names: ["-q", "--quiet"], help: "no messages but errors"),
    OptionSpec(names: ["-v", "--verbose"], help: "log lines of level debug"),
    OptionSpec(names: ["-h", "--help"], help: "this help"),
  ]
}
