import Glibc
import JSONCodec
import JSONSchema
import SimdjsonPeer

struct MissingFile: Error { let path: String }

/// The work of the table in the documentation, on the files of one folder.
struct Workload {
  let folder: String

  private func bytes(_ name: String) throws -> [UInt8] {
    guard let file = fopen("\(folder)/\(name).json", "rb") else { throw MissingFile(path: name) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return bytes
  }

  func run(only: String) throws {
    func report(_ name: String, _ body: () -> Void) {
      guard only.isEmpty || name.hasPrefix(only) else { return }
      let result = measure(name, body)
      var writer = JSONWriter()
      writer.beginObject()
      writer.field("name", result.name)
      writer.field("ns", result.nanoseconds.rounded())
      writer.field("allocations", (result.allocations * 100).rounded() / 100)
      writer.endObject()
      print(String(decoding: writer.bytes, as: UTF8.self))
    }
    try parsing(report)
    try toolArguments(report)
    try openAPI(report)
  }

  private func parsing(_ report: (String, () -> Void) -> Void) throws {
    let parser = jf_simdjson_parser()
    for name in ["tool-arguments", "chat-request", "openapi-document", "large"] {
      let text = try bytes(name)
      report("parse \(name)") {
        text.withUnsafeBufferPointer { text in
          try? JSONTape.withParsed(text) { consume($0.count) }
        }
      }
      report("parse \(name) strictly") {
        text.withUnsafeBufferPointer { text in
          try? JSONTape.withParsed(text, limits: .strict) { consume($0.count) }
        }
      }
      report("document \(name)") { consume(try? JSONDocument(parsing: text)) }
      let padded = text + [UInt8](repeating: 0, count: 64)
      report("simdjson \(name)") { consume(jf_simdjson_parse_padded(parser, padded, text.count)) }
      let document = try JSONDocument(parsing: text)
      report("tree \(name)") { consume(document.root.value) }
      let tree = document.root.value
      report("print \(name)") { consume(tree.serialized()) }
    }
  }

  private func toolArguments(_ report: (String, () -> Void) -> Void) throws {
    let schemaText = try bytes("tool-schema")
    let schema = try JSONValue(parsing: schemaText)
    let compiled = try CompiledSchema(schema)
    let text = try bytes("tool-arguments")
    let document = try JSONDocument(parsing: text, limits: .strict)
    let root = document.root
    precondition(compiled.isValid(root))
    report("tool arguments, text to verdict") { consume(try? compiled.isValid(text: text, limits: .strict)) }
    report("tool arguments, text to document and verdict") {
      if let document = try? JSONDocument(parsing: text, limits: .strict) {
        consume(compiled.isValid(document.root))
      }
    }
    report("tool arguments, parsed") { consume(compiled.isValid(root)) }
    let wrong = try JSONDocument(parsing: try bytes("tool-arguments-wrong")).root
    precondition(compiled.validate(wrong).count == 1)
    report("one error with its message") { consume(compiled.validate(wrong)) }
    report("compile tool schema") { consume(try? CompiledSchema(schema)) }
  }

  private func openAPI(_ report: (String, () -> Void) -> Void) throws {
    let schema = try JSONValue(parsing: try bytes("openapi-schema"))
    let compiled = try CompiledSchema(schema)
    let text = try bytes("openapi-document")
    let root = try JSONDocument(parsing: text).root
    precondition(compiled.isValid(root))
    report("OpenAPI document, text to verdict") { consume(try? compiled.isValid(text: text)) }
    report("OpenAPI document, parsed") { consume(compiled.isValid(root)) }
    report("compile OpenAPI schema") { consume(try? CompiledSchema(schema)) }
    let metaschema = try CompiledSchema(["$ref": "https://json-schema.org/draft/2020-12/schema"])
    let schemaRoot = try JSONDocument(parsing: try bytes("openapi-schema")).root
    precondition(metaschema.isValid(schemaRoot))
    report("metaschema on OpenAPI schema, parsed") { consume(metaschema.isValid(schemaRoot)) }
  }
}
