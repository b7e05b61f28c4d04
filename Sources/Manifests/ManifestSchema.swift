import CManifestSchemas
import JSONCodec
import JSONSchema

/// The schemas of manifests/schemas/, which are part of the binary.
enum ManifestSchema {
  private static let maxErrors = 100

  private struct Schema {
    let source: JSONValue
    let compiled: CompiledSchema

    init(_ source: JSONValue) throws(SchemaError) {
      self.source = source
      compiled = try CompiledSchema(source)
    }
  }

  private static let embedded: [String: Schema] = {
    var schemas: [String: Schema] = [:]
    var position = 0
    while let found = jf_embedded_schema_at(position)?.pointee {
      let text = Array(UnsafeBufferPointer(start: found.bytes, count: found.length))
      // One that does not compile is missing, and then no manifest of its kind passes; a test reads one of each.
      if let schema = try? Schema(JSONValue(parsing: text)) { schemas[String(cString: found.kind)] = schema }
      position += 1
    }
    return schemas
  }()

  static func errors(of file: ManifestFile, as kind: ManifestKind) -> [ManifestError] {
    let start = SourceLocation(file: file.path)
    guard let schema = embedded[kind.rawValue] else {
      return [
        ManifestError(.schemaViolation, at: start, "this build has no schema of the kind '\(kind.rawValue)'")
      ]
    }
    return violations(of: schema, by: file.root.json, code: .schemaViolation) { pointer in
      let (line, column) = file.root.position(of: pointer)
      return SourceLocation(file: file.path, line: line, column: column, pointer: pointer)
    }
  }

  /// What is wrong with a plugin's configuration by the plugin's own schema.
  static func errors(
    of configuration: ConfigurationSource, holding value: JSONValue, as schema: JSONValue
  ) -> [ManifestError] {
    do {
      return violations(
        of: try Schema(schema), by: value, code: .configurationInvalid, at: configuration.location)
    } catch {
      return [
        ManifestError(
          .configurationInvalid, at: configuration.start,
          "the plugin's own configSchema is no JSON Schema: \(error.message)")
      ]
    }
  }

  private static func violations(
    of schema: Schema, by value: JSONValue, code: ManifestError.Code,
    at locate: (JSONPointer) -> SourceLocation
  ) -> [ManifestError] {
    guard let document = try? JSONDocument(parsing: value.serialized()) else {
      return [ManifestError(code, at: locate(.root), "nested too deeply")]
    }
    var withUnknownKeys: Set<JSONPointer> = []
    return schema.compiled.validate(document.root, maxErrors: maxErrors).flatMap { violation in
      if let known = knownKeys(schema, violation), let object = value[violation.instance]?.object {
        // There is one violation for each key, and none of them tells its key by itself.
        guard withUnknownKeys.insert(violation.instance).inserted else { return [ManifestError]() }
        return object.keys.filter { !known.contains($0) }.map { key in
          ManifestError(
            .unknownKey, at: locate(violation.instance.appending(key)),
            "unknown key '\(key)'\(hint(key, known))")
        }
      }
      let code = violation.keyword == "required" ? .missingKey : code
      return [ManifestError(code, at: locate(violation.instance), text(of: violation))]
    }
  }

  /// The keys of an object that may have no others; nil where something else is wrong.
  private static func knownKeys(_ schema: Schema, _ violation: ValidationError) -> [String]? {
    guard violation.keyword == "additionalProperties", violation.schema.tokens.last == violation.keyword
    else {
      return nil
    }
    let parent = schema.source[JSONPointer(violation.schema.tokens.dropLast())]
    guard parent?["patternProperties"] == nil, parent?["additionalProperties"]?.bool == false else {
      return nil
    }
    return parent?["properties"]?.object?.keys
  }

  /// Without the pointer in front, which every error tells at its end.
  private static func text(of violation: ValidationError) -> String {
    let pointer = "\(violation.instance) "
    let text =
      violation.message.hasPrefix(pointer)
      ? violation.message.dropFirst(pointer.count) : violation.message[...]
    return String(text.hasSuffix(".") ? text.dropLast() : text)
  }
}
