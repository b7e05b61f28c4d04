import JSONCodec
import JSONSchema
import TestSupport
import Testing

/// The published schemas of the Model Context Protocol: large, recursive, and with example messages beside them.
@Suite struct MessageSchemaTests {
  private func value(_ path: String) throws -> JSONValue {
    try JSONValue(parsing: #require(PublicSuites.bytes(of: path)), limits: .strict)
  }

  @Test func everyDefinitionOfEveryRevisionCompiles() throws {
    guard let folder = PublicSuites.folder("mcp-schema") else { return }
    for revision in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] {
      let schema = try value("\(folder)/schema/\(revision)/schema.json")
      let group = schema["$defs"] == nil ? "definitions" : "$defs"
      let names = schema[group]?.object?.keys ?? []
      #expect(names.count >= 79)
      let resources = SchemaResources(["urn:messages": schema])
      for name in names {
        let entry: JSONValue = ["$ref": .string("urn:messages#/\(group)/\(name)")]
        #expect(throws: Never.self, "\(revision) \(name)") {
          _ = try CompiledSchema(entry, resources: resources)
        }
      }
    }
  }

  @Test func everyExampleMessageFitsItsDefinition() throws {
    guard let folder = PublicSuites.folder("mcp-schema") else { return }
    let revision = folder + "/schema/2026-07-28"
    let resources = SchemaResources(["urn:messages": try value(revision + "/schema.json")])
    let examples = PublicSuites.filesBelow(revision + "/examples")
    #expect(examples.count == 129)
    for path in examples {
      let definition = path.split(separator: "/").first ?? ""
      let schema = try CompiledSchema(
        ["$ref": .string("urn:messages#/$defs/\(definition)")], resources: resources)
      let bytes = try #require(PublicSuites.bytes(of: "\(revision)/examples/\(path)"))
      let errors = schema.validate(try JSONDocument(parsing: bytes).root)
      #expect(errors.map(\.message) == [], "\(path)")
    }
  }
}
