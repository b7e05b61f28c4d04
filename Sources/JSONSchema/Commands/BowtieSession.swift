import JSONCodec

/// The protocol of the Bowtie harness, which compares implementations of JSON Schema: one line of JSON in, one out.
package struct BowtieSession: Sendable {
  package enum Reply: Sendable, Equatable {
    case line([UInt8])
    /// The harness is done.
    case stop
    /// Not a line of the protocol; the session is of no more use.
    case violation(String)
  }

  private var dialect = SchemaDialect.draft202012
  private let version: String
  private let homepage: String

  /// - Parameter version: of this host.
  /// - Parameter homepage: a URL; the harness wants one to show, and others below it for issues and source.
  package init(version: String, homepage: String) {
    self.version = version
    self.homepage = homepage
  }

  package mutating func respond(to line: [UInt8]) -> Reply {
    guard let document = try? JSONDocument(parsing: line), let command = document.root["cmd"]?.string else {
      return .violation("The line is not a command.")
    }
    switch command {
    case "start": return start(document.root)
    case "dialect": return choose(document.root)
    case "run": return run(document.root)
    case "stop": return .stop
    default: return .violation("The command is not known.")
    }
  }

  private func start(_ request: JSONView) -> Reply {
    guard request["version"]?.int == 1 else { return .violation("Only version 1 of the protocol is spoken.") }
    return reply([
      "version": 1,
      "implementation": [
        "language": "swift", "name": "jackfield", "version": .string(version), "homepage": .string(homepage),
        "issues": .string(homepage + "/issues"), "source": .string(homepage),
        "dialects": .array(SchemaDialect.allCases.reversed().map { .string(Self.uri(of: $0)) }),
      ],
    ])
  }

  /// Draft 07 names itself with an empty fragment.
  private static func uri(of dialect: SchemaDialect) -> String {
    dialect.rawValue + (dialect == .draft07 ? "#" : "")
  }

  private mutating func choose(_ request: JSONView) -> Reply {
    let named = request["dialect"]?.string
    guard
      let known = SchemaDialect.allCases.first(where: { Self.uri(of: $0) == named || $0.rawValue == named })
    else {
      return reply(["ok": false])
    }
    dialect = known
    return reply(["ok": true])
  }

  private func run(_ request: JSONView) -> Reply {
    guard let sequence = request["seq"]?.value, let test = request["case"], let schema = test["schema"]?.value
    else {
      return .violation("The run has no case.")
    }
    let registry =
      test["registry"].map { Dictionary($0.members.map { ($0.key, $0.value.value) }) { $1 } } ?? [:]
    do throws(SchemaError) {
      let compiled = try CompiledSchema(
        schema, resources: SchemaResources(registry), options: SchemaOptions(defaultDialect: dialect))
      let results = (test["tests"]?.elements).map { tests in
        tests.map { test -> JSONValue in
          guard let instance = test["instance"] else { return ["errored": true] }
          return ["valid": .bool(compiled.isValid(instance))]
        }
      }
      return reply(["seq": sequence, "results": .array(results ?? [])])
    } catch {
      return reply([
        "seq": sequence, "errored": true,
        "context": ["code": .string(error.code.rawValue), "message": .string(error.message)],
      ])
    }
  }

  private func reply(_ value: JSONValue) -> Reply { .line(value.serialized()) }
}
