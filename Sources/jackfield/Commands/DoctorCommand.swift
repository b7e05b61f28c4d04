import JSONCodec

extension CommandSpec {
  static let doctor = CommandSpec(
    path: ["doctor"], options: [.output(["text", "json"])],
    summary: "find out, by trying, what this system has of what a host needs",
    discussion: """
      Tries each layer of the sandbox and both of its levels (sandbox/README.md), as the user who runs it, and says what is
      missing and what would help. Changes nothing. Manifests are looked at by `config validate`.
      Exit codes: 0 everything that is needed works, 3 something does not.
      """,
    examples: ["jackfield doctor", "jackfield doctor -o json"],
    run: { (context) async throws(CommandFailure) in
      let diagnosis = Diagnosis(try Locations(context.arguments))
      if context.wantsJSON {
        context.console.result(JSONValue.array(diagnosis.checks.map(\.json)).serialized())
      } else {
        for check in diagnosis.checks { context.console.result(line(about: check, context.console)) }
      }
      return diagnosis.checks.contains { $0.verdict == .missing } ? .findings : .ok
    })

  private static func line(about check: Diagnosis.Check, _ console: Console) -> String {
    let (mark, style): (String, Console.Style) =
      switch check.verdict {
      case .ok: ("✓", .green)
      case .limited: ("!", .yellow)
      case .missing: ("✗", .red)
      }
    return "\(console.styled(mark, style)) \(padded(check.name, 20))\(check.message)"
  }
}
