import JSONSchema

/// A command line, understood: which command, its arguments and options.
struct ParsedArguments: Sendable {
  private(set) var arguments: [String] = []
  private var values: [String: [String]] = [:]

  subscript(option: OptionSpec) -> String? { values[option.name]?.last }
  subscript(option name: String) -> String? { values[name]?.last }
  func all(_ name: String) -> [String] { values[name] ?? [] }
  func has(_ name: String) -> Bool { values[name] != nil }

  /// As if the option had been given so.
  func setting(_ option: OptionSpec, to value: String) -> ParsedArguments {
    var changed = self
    changed.values[option.name] = [value]
    return changed
  }

  /// Everything after the command's own words. `--` ends the options; `-` alone is an argument.
  init(_ words: some Sequence<String>, options: [OptionSpec]) throws(CommandFailure) {
    var rest = Array(words)[...]
    var onlyArguments = false
    while let word = rest.popFirst() {
      if onlyArguments || word == "-" || !word.hasPrefix("-") {
        arguments.append(word)
      } else if word == "--" {
        onlyArguments = true
      } else {
        try take(word, from: &rest, options)
      }
    }
  }

  private mutating func take(
    _ word: String, from rest: inout ArraySlice<String>, _ options: [OptionSpec]
  ) throws(CommandFailure) {
    let parts = word.hasPrefix("--") ? word.split(separator: "=", maxSplits: 1).map(String.init) : [word]
    guard let option = options.first(where: { $0.names.contains(parts[0]) }) else {
      let hint =
        nearestMatch(to: parts[0], in: options.flatMap(\.names)).map { "; did you mean \($0)?" } ?? ""
      throw .usage("there is no option \(parts[0])\(hint)")
    }
    guard let placeholder = option.value else {
      guard parts.count == 1 else { throw .usage("\(option.name) takes no value") }
      values[option.name] = [""]
      return
    }
    guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else {
      throw .usage("\(option.name) needs a value: \(placeholder)")
    }
    guard option.choices.isEmpty || option.choices.contains(value) else {
      let choices = option.choices.dropLast().joined(separator: ", ")
      throw .usage("\(option.name) takes \(choices) or \(option.choices.last ?? ""), not \(value)")
    }
    guard option.isRepeatable || values[option.name] == nil else {
      throw .usage("\(option.name) is given twice")
    }
    values[option.name, default: []].append(value)
  }

  /// - Throws: where there are too few or too many arguments.
  func check(_ command: CommandSpec) throws(CommandFailure) {
    let required = command.arguments.filter { !$0.isOptional }.count
    if arguments.count < required {
      throw .usage("\(command.name) needs \(command.arguments[arguments.count].name)")
    }
    if arguments.count > command.arguments.count {
      throw .usage("\(command.name) does not know what to do with \(arguments[command.arguments.count])")
    }
  }
}
