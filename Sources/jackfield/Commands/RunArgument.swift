import ToolContracts

extension ArgumentSpec {
  static let run = ArgumentSpec(name: "RUN", help: "a run's id, as `run list` prints it")
}

extension CommandContext {
  /// The command's first argument.
  func runID() throws(CommandFailure) -> RunID {
    let text = arguments.arguments[0]
    guard let run = RunID(text) else { throw .runNotFound(text) }
    return run
  }
}

extension CommandFailure {
  static func runNotFound(_ text: String) -> CommandFailure {
    CommandFailure("run_not_found", "there is no run \(text)", .notFound)
  }
}
