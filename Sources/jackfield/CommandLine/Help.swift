/// The text of `--help`: for the program, and for one command.
enum Help {
  static func program(_ commands: [CommandSpec]) -> String {
    let width = (commands.map(\.name.count).max() ?? 0) + 2
    let lines = commands.map { "  " + padded($0.name, width) + $0.summary }
    return """
      jackfield: a plugin-hosting agent runtime

      usage: jackfield COMMAND [ARGUMENTS] [OPTIONS]

      \(lines.joined(separator: "\n"))

      options of every command:
      \(table(OptionSpec.global))

      exit codes: 0 ok, 1 failed, 2 usage, 3 a check or the configuration found errors, 5 not found,
        7 denied by policy, 75 limited: retry later, 124 timed out, 130 interrupted

      jackfield COMMAND --help shows a command's options and examples.
      """
  }

  static func command(_ command: CommandSpec) -> String {
    let words = command.arguments.map { $0.isOptional ? "[\($0.name)]" : $0.name }
    let usage = (["jackfield", command.name] + words + (command.options.isEmpty ? [] : ["[OPTIONS]"]))
    var sections = ["\(command.summary)", "usage: \(usage.joined(separator: " "))"]
    if !command.arguments.isEmpty {
      let width = (command.arguments.map(\.name.count).max() ?? 0) + 2
      sections.append(
        command.arguments.map { "  " + padded($0.name, width) + $0.help }.joined(separator: "\n"))
    }
    if !command.discussion.isEmpty { sections.append(command.discussion) }
    if !command.options.isEmpty { sections.append("options:\n\(table(command.options))") }
    sections.append("options of every command:\n\(table(OptionSpec.global))")
    sections.append("examples:\n" + command.examples.map { "  \($0)" }.joined(separator: "\n"))
    return sections.joined(separator: "\n\n")
  }

  private static func table(_ options: [OptionSpec]) -> String {
    let heads = options.map { $0.names.joined(separator: ", ") + ($0.value.map { " \($0)" } ?? "") }
    let width = (heads.map(\.count).max() ?? 0) + 2
    return zip(heads, options).map { "  " + padded($0, width) + $1.help }.joined(separator: "\n")
  }
}

/// `text`, filled up with blanks.
func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}
