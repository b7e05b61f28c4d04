import JSONCodec
import Manifests
import ToolContracts

extension CommandSpec {
  static let configValidate = CommandSpec(
    path: ["config", "validate"],
    arguments: [
      ArgumentSpec(
        name: "FILE", help: "a manifest of any kind (default: the host's manifest)", isOptional: true)
    ],
    options: [.output(["text", "json"])],
    summary: "find everything that is wrong in the manifests",
    discussion: """
      Of a host's manifest everything it refers to is read as well: tenants, flows, and the descriptors of plugins, whose
      code is not run. Exit codes: 0 nothing wrong, 3 errors found.
      """,
    examples: [
      "jackfield config validate", "jackfield config validate manifests/demo/flows/helpdesk.yaml -o json",
    ],
    run: { (context) async throws(CommandFailure) in
      let locations = try Locations(context.arguments)
      let path = context.arguments.arguments.first ?? locations.configuration
      let findings = ConfigurationFindings(of: path, locations)
      if context.wantsJSON {
        context.console.result(JSONValue.array(findings.errors.map(\.json)).serialized())
      } else {
        for error in findings.errors { context.console.result(error.description) }
        let count = findings.errors.count
        context.console.message(
          count == 0 ? "\(path): nothing wrong" : "\(path): \(count) error\(count == 1 ? "" : "s")")
      }
      return findings.errors.isEmpty ? .ok : .findings
    })
}

extension ManifestError {
  var json: JSONValue {
    [
      "code": .string(code.rawValue), "severity": isWarning ? "warning" : "error",
      "message": .string(message), "file": .string(file), "line": .int(line),
      "column": .int(column), "pointer": .string(pointer.description),
    ]
  }
}
