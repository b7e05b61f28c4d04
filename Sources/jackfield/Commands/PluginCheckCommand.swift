import JSONCodec
import NativePlugins
import PluginChecking
import ToolContracts

extension CommandSpec {
  private static let strict = OptionSpec(names: ["--strict"], help: "warnings count as errors")
  private static let configuration = OptionSpec(
    names: ["--plugin-config"], value: "FILE",
    help:
      "what it is opened with: JSON, or - for stdin (default: the first example of its configSchema, else {})"
  )

  static let pluginCheck = CommandSpec(
    path: ["plugin", "check"],
    arguments: [
      ArgumentSpec(name: "FILE|DIR", help: "a sealed plugin, or a folder: each .so in it, or in its build/")
    ],
    options: [strict, configuration, .output(["text", "json"])],
    summary: "find everything that is wrong with a plugin, and say what to do",
    discussion: """
      Looks at the file without running it, loads it as a host would, and then tries it, each test in a process of its own:
      opening and closing it a thousand times, the examples of its schemas, garbage, function numbers that are not there,
      cancellation, eight threads at a time, a worker at level strict. Only functions whose effect is none are called. Nothing of the plugin runs
      in this process. It takes at most two minutes, for most plugins less than a second. docs/plugin-check.md lists the
      rules. Exit codes: 0 nothing wrong, 3 errors found; notes, and without --strict warnings, are no errors.
      """,
    examples: [
      "jackfield plugin check .build/release/plugins/calc.so",
      "jackfield plugin check build/weather.so --strict -o json",
    ],
    run: { (context) async throws(CommandFailure) in
      let isStrict = context.arguments.has("--strict")
      let given = try context.arguments[configuration].map { (path) throws(CommandFailure) in
        try JSONFile.read(path).root.value
      }
      let path = context.arguments.arguments[0]
      let locations = try Locations(context.arguments)
      let files = try PluginFolder.files(in: path)
      var reports: [CheckReport] = []
      for file in files ?? [path] { reports.append(await report(on: file, configuration: given, locations)) }
      show(reports, isStrict: isStrict, context, isFolder: files != nil)
      return reports.allSatisfy { $0.isGood(isStrict: isStrict) } ? .ok : .findings
    })

  private static func report(
    on file: String, configuration: JSONValue?, _ locations: Locations
  ) async -> CheckReport {
    var report = PluginCheck(locations).report(on: file, configuration: configuration)
    // What is refused anyhow, or crashes, needs no sandbox to be found out.
    guard report.isGood(isStrict: false) else { return report }
    for finding in await ConfinedTrial(locations: locations).findings(on: report) { report.add(finding) }
    return report
  }

  /// Of a folder an object of all files; of a file its own.
  private static func show(
    _ reports: [CheckReport], isStrict: Bool, _ context: CommandContext, isFolder: Bool = false
  ) {
    guard context.wantsJSON else {
      for report in reports {
        if isFolder { context.console.result(context.console.styled(printable(report.file), .bold)) }
        for line in CheckSheet(report, isStrict: isStrict, context.console).lines {
          context.console.result(line)
        }
      }
      return
    }
    for report in reports where !isFolder {
      context.console.result(report.json(isStrict: isStrict).serialized())
    }
    guard isFolder else { return }
    let summary: JSONValue = [
      "ok": .bool(reports.allSatisfy { $0.isGood(isStrict: isStrict) }),
      "plugins": .array(reports.map { $0.json(isStrict: isStrict) }),
    ]
    context.console.result(summary.serialized())
  }
}

/// A folder that plugins lie in.
enum PluginFolder {
  /// - Returns: the plugins in it, or else in its folder `build`, by name; nil where it is no folder.
  /// - Throws: where it has none.
  static func files(in path: String) throws(CommandFailure) -> [String]? {
    guard let names = Files.entries(of: path) else { return nil }
    let files = plugins(among: names, in: path)
    let built =
      files.isEmpty ? plugins(among: Files.entries(of: "\(path)/build") ?? [], in: "\(path)/build") : files
    guard !built.isEmpty else {
      throw CommandFailure(
        "plugin_not_found", "there is no plugin in \(path), nor in \(path)/build", .notFound)
    }
    return built
  }

  private static func plugins(among names: [String], in folder: String) -> [String] {
    names.filter { $0.hasSuffix(".so") && !$0.hasPrefix(".") }.sorted().map { "\(folder)/\($0)" }
  }
}

extension PluginCheck {
  init(_ locations: Locations) {
    let loader = PluginLoader(probe: locations.probe, cache: nil, log: { _ in })
    self.init(
      checker: locations.checker,
      load: { path in
        do throws(PluginFailure) {
          try loader.examine(path)
          return nil
        } catch { return error }
      })
  }
}
