import JSONCodec
import JSONSchema
import TestSupport
import Testing

/// The public test suite of JSON Schema: groups of cases, each a schema, an instance and the verdict.
struct SchemaSuite {
  struct Outcome {
    var passed = 0
    var failures: [String] = []
    var total: Int { passed + failures.count }
  }

  let folder: String
  let resources: SchemaResources

  /// `nil` where the suite is not on this machine.
  init?() throws {
    guard let folder = PublicSuites.folder("json-schema-test-suite") else { return nil }
    self.folder = folder
    var documents: [String: JSONValue] = [:]
    for path in PublicSuites.filesBelow(folder + "/remotes") {
      let bytes = try #require(PublicSuites.bytes(of: folder + "/remotes/" + path))
      documents["http://localhost:1234/" + path] = try JSONValue(parsing: bytes)
    }
    resources = SchemaResources(documents)
  }

  func run(_ subfolder: String, options: SchemaOptions) throws -> Outcome {
    var outcome = Outcome()
    for name in PublicSuites.files(in: "\(folder)/tests/\(subfolder)") {
      let bytes = try #require(PublicSuites.bytes(of: "\(folder)/tests/\(subfolder)/\(name)"))
      for group in try JSONDocument(parsing: bytes).root.elements {
        run(group, of: name, options: options, into: &outcome)
      }
    }
    return outcome
  }

  private func run(_ group: JSONView, of file: String, options: SchemaOptions, into outcome: inout Outcome) {
    let title = "\(file): \(group["description"]?.string ?? "")"
    guard let schema = group["schema"]?.value, let cases = group["tests"] else { return }
    let compiled = Result { () throws(SchemaError) in
      try CompiledSchema(schema, resources: resources, options: options)
    }
    for test in cases.elements {
      guard let data = test["data"], let isValid = test["valid"]?.bool else { continue }
      let name = "\(title): \(test["description"]?.string ?? "")"
      switch compiled {
      case .failure(let error):
        outcome.failures.append("\(name): \(error.code) \(error.pointer) \(error.message)")
      case .success(let compiled):
        if compiled.isValid(data) == isValid {
          outcome.passed += 1
        } else {
          outcome.failures.append("\(name): should be \(isValid ? "valid" : "invalid")")
        }
      }
    }
  }
}
