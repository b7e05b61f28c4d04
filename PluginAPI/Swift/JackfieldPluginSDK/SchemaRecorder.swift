/// A decoder that has nothing to decode: it answers every request with a placeholder and notes what was asked for.
final class SchemaRecorder: Decoder {
  fileprivate struct Property {
    let name: String
    let schema: JSONDocument
  }

  let codingPath: [any CodingKey] = []
  let userInfo: [CodingUserInfoKey: Any] = [:]
  fileprivate let derivation: SchemaDerivation
  fileprivate var properties: [Property] = []
  fileprivate var optionalNames: Set<String> = []
  /// Set by a type that decodes itself as one other value.
  fileprivate var single: JSONDocument?

  init(_ derivation: SchemaDerivation) {
    self.derivation = derivation
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(RecordedObject<Key>(recorder: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    throw derivation.failure("it decodes itself from a list")
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    RecordedValue(recorder: self)
  }

  func schema(describedBy type: (any DescribedProperties.Type)?) throws -> JSONDocument {
    if let single { return single }
    let descriptions = type?.propertyDescriptions ?? [:]
    for name in descriptions.keys.sorted() where !properties.contains(where: { $0.name == name }) {
      throw derivation.failure("a description is given for \"\(name)\", which is no property")
    }
    let required = properties.map(\.name).filter { !optionalNames.contains($0) }
    return .object([
      ("type", .string("object")),
      ("properties", .object(properties.map { ($0.name, described($0.schema, by: descriptions[$0.name])) })),
      ("required", .array(required.map(JSONDocument.string))),
      ("additionalProperties", .bool(false)),
    ])
  }

  private func described(_ schema: JSONDocument, by text: String?) -> JSONDocument {
    guard let text, case .object(let members) = schema else { return schema }
    return .object(members + [("description", .string(text))])
  }
}

private struct RecordedObject<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let recorder: SchemaRecorder
  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { [] }

  // Whoever asks whether a property is there can do without it. `decodeIfPresent` asks so, too.
  func contains(_ key: Key) -> Bool {
    recorder.optionalNames.insert(key.stringValue)
    return true
  }

  func decodeNil(forKey key: Key) throws -> Bool {
    recorder.optionalNames.insert(key.stringValue)
    return false
  }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    let name = key.stringValue
    let (schema, placeholder) = try recorder.derivation.at(name).derive(type)
    if !recorder.properties.contains(where: { $0.name == name }) {
      recorder.properties.append(.init(name: name, schema: schema))
    }
    return placeholder
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    throw recorder.derivation.at(key.stringValue).failure("it is decoded by hand")
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    throw recorder.derivation.at(key.stringValue).failure("it is decoded by hand")
  }

  func superDecoder() throws -> any Decoder { throw recorder.derivation.failure("it has a superclass") }
  func superDecoder(forKey key: Key) throws -> any Decoder { try superDecoder() }
}

private struct RecordedValue: SingleValueDecodingContainer {
  let recorder: SchemaRecorder
  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { false }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    let (schema, placeholder) = try recorder.derivation.derive(type)
    recorder.single = schema
    return placeholder
  }
}
