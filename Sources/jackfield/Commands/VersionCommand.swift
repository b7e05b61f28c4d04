import PluginFiles

extension CommandSpec {
  static let version = CommandSpec(
    path: ["version"], summary: "print the version of this program and of the plugin ABI",
    examples: ["jackfield version"],
    run: { (context) async throws(CommandFailure) in
      context.console.result("jackfield \(Version.program), plugin ABI \(hostABI)")
      return .ok
    })
}

enum Version {
  static let program = "0.1.0"
}
