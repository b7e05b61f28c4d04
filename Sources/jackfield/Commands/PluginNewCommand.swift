extension CommandSpec {
  private static let language = OptionSpec(
    names: ["--lang"], value: "swift|c|cpp|rust", help: "the language that it is written in",
    choices: ProjectTemplate.Language.allCases.map(\.rawValue))
  private static let kind = OptionSpec(
    names: ["--kind"], value: "tool|provider",
    help: "what it is for agents: a tool, or their model (default: tool)",
    choices: ProjectTemplate.Kind.allCases.map(\.rawValue))

  static let pluginNew = CommandSpec(
    path: ["plugin", "new"],
    arguments: [ArgumentSpec(name: "DIR", help: "a folder to make; its name is the plugin's id")],
    options: [language, kind],
    summary: "begin a plugin: a project that builds, with a test case",
    discussion: """
      The project is made of files in PluginAPI/project: the plugin, build.sh, test.sh, a host's manifests for it alone, a
      README. PluginAPI is found in the folders above this program, or by JACKFIELD_SDK. Prints the files that it has made.
      """,
    examples: [
      "jackfield plugin new weather --lang swift", "jackfield plugin new parrot --lang c --kind provider",
    ],
    run: { (context) async throws(CommandFailure) in
      guard let asked = context.arguments[language], let language = ProjectTemplate.Language(rawValue: asked)
      else { throw .usage("in which language? --lang takes swift, c, cpp or rust") }
      let kind = context.arguments[kind].flatMap(ProjectTemplate.Kind.init) ?? .tool
      let folder = context.arguments.arguments[0].withoutTrailingSlashes
      let name = folder.split(separator: "/").last.map(String.init) ?? folder
      let template = try ProjectTemplate(language, kind, id: name)
      let files = try template.write(to: folder, from: PluginSDK(try Locations(context.arguments)))
      for file in files { context.console.result("\(folder)/\(file)") }
      context.console.message("call it with: jackfield plugin run \(folder)")
      return .ok
    })
}

extension String {
  fileprivate var withoutTrailingSlashes: String {
    let kept = String(reversed().drop { $0 == "/" }.reversed())
    return kept.isEmpty ? self : kept
  }
}
