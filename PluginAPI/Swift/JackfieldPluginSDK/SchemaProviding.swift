/// The types whose schema is known without looking into their decoding.
protocol SchemaProviding {
  static func schema(in derivation: SchemaDerivation) throws -> JSONDocument
  static var schemaPlaceholder: Any { get }
}

private func scalar(_ type: String) -> JSONDocument { .object([("type", .string(type))]) }

extension String: SchemaProviding {
  static func schema(in derivation: SchemaDerivation) -> JSONDocument { scalar("string") }
  static var schemaPlaceholder: Any { "" }
}

extension Bool: SchemaProviding {
  static func schema(in derivation: SchemaDerivation) -> JSONDocument { scalar("boolean") }
  static var schemaPlaceholder: Any { false }
}

extension Double: SchemaProviding {
  static func schema(in derivation: SchemaDerivation) -> JSONDocument { scalar("number") }
  static var schemaPlaceholder: Any { Double(0) }
}

extension Float: SchemaProviding {
  static func schema(in derivation: SchemaDerivation) -> JSONDocument { scalar("number") }
  static var schemaPlaceholder: Any { Float(0) }
}

extension SchemaProviding where Self: FixedWidthInteger {
  /// Bounds are given where they are narrower than what JSON readers agree on anyway.
  static func schema(in derivation: SchemaDerivation) -> JSONDocument {
    var members: [(key: String, value: JSONDocument)] = [("type", .string("integer"))]
    if bitWidth < 64 || !isSigned, let least = Int64(exactly: min) {
      members.append(("minimum", .integer(least)))
    }
    if bitWidth < 64, let most = Int64(exactly: max) { members.append(("maximum", .integer(most))) }
    return .object(members)
  }
  static var schemaPlaceholder: Any { Self.zero }
}

extension Int: SchemaProviding {}
extension Int8: SchemaProviding {}
extension Int16: SchemaProviding {}
extension Int32: SchemaProviding {}
extension Int64: SchemaProviding {}
extension UInt: SchemaProviding {}
extension UInt8: SchemaProviding {}
extension UInt16: SchemaProviding {}
extension UInt32: SchemaProviding {}
extension UInt64: SchemaProviding {}

extension JSONValue: SchemaProviding {
  static func schema(in derivation: SchemaDerivation) -> JSONDocument { .object([]) }
  static var schemaPlaceholder: Any { JSONValue.null }
}

extension Optional: SchemaProviding where Wrapped: Decodable {
  /// A property that may be missing never comes here; this one is a null within a list or a dictionary.
  static func schema(in derivation: SchemaDerivation) throws -> JSONDocument {
    .object([("anyOf", .array([try derivation.derive(Wrapped.self).schema, scalar("null")]))])
  }
  static var schemaPlaceholder: Any { Wrapped?.none as Any }
}

extension Array: SchemaProviding where Element: Decodable {
  static func schema(in derivation: SchemaDerivation) throws -> JSONDocument {
    .object([("type", .string("array")), ("items", try derivation.at("[]").derive(Element.self).schema)])
  }
  static var schemaPlaceholder: Any { [Element]() }
}

extension Set: SchemaProviding where Element: Decodable {
  static func schema(in derivation: SchemaDerivation) throws -> JSONDocument {
    .object([
      ("type", .string("array")), ("items", try derivation.at("[]").derive(Element.self).schema),
      ("uniqueItems", .bool(true)),
    ])
  }
  static var schemaPlaceholder: Any { Set<Element>() }
}

extension Dictionary: SchemaProviding where Key == String, Value: Decodable {
  static func schema(in derivation: SchemaDerivation) throws -> JSONDocument {
    .object([
      ("type", .string("object")), ("additionalProperties", try derivation.at("*").derive(Value.self).schema),
    ])
  }
  static var schemaPlaceholder: Any { [String: Value]() }
}
