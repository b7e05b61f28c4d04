import ChildProcesses
import JSONCodec
import NativePlugins
import PluginChecking
import ToolContracts

extension CommandSpec {
  private static let project = ArgumentSpec(
    name: "DIR", help: "a project, as `plugin new` makes it (default: this folder)", isOptional: true)

  static let pluginBuild = CommandSpec(
    path: ["plugin", "build"], arguments: [project],
    summary: "compile and seal a plugin, and print where it is",
    discussion: "Runs the project's build.sh, and tells it where PluginAPI is: JACKFIELD_SDK.",
    examples: ["jackfield plugin build weather"],
    run: { (context) async throws(CommandFailure) in
      let project = try PluginProject(context.arguments.arguments.first ?? ".")
      context.console.result(try project.build(with: PluginSDK(try Locations(context.arguments))))
      return .ok
    })

  private static let function = OptionSpec(
    names: ["--fn"], value: "NAME", help: "one of its functions (default: the first)")
  private static let watch = OptionSpec(
    names: ["--watch"], help: "again after every change, until interrupted")

  static let pluginRun = CommandSpec(
    path: ["plugin", "run"], arguments: [project], options: [function, .input, watch],
    summary: "build a plugin and call it, the way a host in production would",
    discussion: """
      The host is what the project's jackfield.yaml and tenant.yaml say: the call is checked, limited, timed and recorded as
      any other. Without --input the function gets the first example of its schema, else {}. With --watch every call is made
      in a process of its own, so that a plugin that crashes ends nothing but the call.
      """,
    examples: [
      #"jackfield plugin run weather --fn forecast --input '{"place":"Oslo"}'"#,
      "jackfield plugin run . --watch",
    ],
    run: { (context) async throws(CommandFailure) in
      let project = try PluginProject(context.arguments.arguments.first ?? ".")
      if context.arguments.has("--watch") { return try await watchRuns(of: project, context) }
      let file = try project.build(with: PluginSDK(try Locations(context.arguments)))
      let call = try FirstCall(of: file, function: context.arguments[function])
      let input = try context.arguments[.input].map { (text) throws(CommandFailure) in try readInput(text) }
      try Files.makeFolder(project.state)
      var hosted = context
      hosted.arguments = context.arguments.setting(.config, to: project.manifest)
        .setting(.state, to: project.state)
      return try await callTool(call.tool, input ?? call.arguments, hosted)
    })

  /// Runs the command anew, without `--watch`, after each change.
  private static func watchRuns(
    of project: PluginProject, _ context: CommandContext
  ) async throws(CommandFailure) -> ExitCode {
    var words = ["plugin", "run", project.folder]
    for option in [function, OptionSpec.input] {
      if let value = context.arguments[option] { words += [option.name, value] }
    }
    while !context.interruption.isCancelled {
      let stamp = project.stamp
      do throws(ChildProgram.Failure) {
        let ending = try ChildProgram("/proc/self/exe", words).run(printsResults: true)
        if case .killed(let signal) = ending {
          context.console.message("the plugin ended the process with signal \(signal)")
        }
      } catch {
        throw CommandFailure("internal", "\(error.program) does not start: \(error.reason)", .failed)
      }
      context.console.message("waiting for a change in \(project.folder)")
      while !context.interruption.isCancelled, project.stamp == stamp {
        try? await Task.sleep(for: .milliseconds(50))
      }
    }
    return .ok
  }
}

/// What is called of a plugin that was just built.
private struct FirstCall {
  let tool: ToolName
  let arguments: [UInt8]

  /// - Parameter function: nil: the first.
  init(of file: String, function: String?) throws(CommandFailure) {
    let descriptor: PluginDescriptor
    do throws(PluginFailure) { descriptor = try PluginLoader.readDescriptor(of: file) } catch {
      throw CommandFailure(error.code.rawValue, error.message, .failed)
    }
    let names = descriptor.functions.map(\.name)
    guard let called = descriptor.functions.first(where: { function == nil || $0.name == function }),
      let tool = ToolName("\(descriptor.id).\(called.name)")
    else {
      throw CommandFailure(
        "tool_not_found",
        "\(descriptor.id) has no function \(function ?? ""); it has \(names.joined(separator: ", "))",
        .notFound)
    }
    self.tool = tool
    arguments = (called.firstExample ?? [:]).serialized()
  }
}
