extension CommandSpec {
  static let version = CommandSpec(
    path: ["version"], summary: "print the version of this program and of the plugin ABI",
    examples: ["jackfield version"],
    run: { (context) async throws(CommandFailure) in
      context.console.result("jackfield \(Version.program), plugin ABI \(Version.abi)")
      return .ok
    })
}

enum Version {
  static let program = "0.1.0"
  static let abi = "1.0"
}
