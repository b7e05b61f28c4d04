/// The members of an object.
struct JSONObjectEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let output: JSONOutput
  let object: Int

  var codingPath: [any CodingKey] { output.path(of: object) }

  func encodeNil(forKey key: Key) throws { try output.write(in: object, key.stringValue) { $0.null() } }
  func encode(_ value: Bool, forKey key: Key) throws {
    try output.write(in: object, key.stringValue) { $0.bool(value) }
  }
  func encode(_ value: String, forKey key: Key) throws {
    try output.write(in: object, key.stringValue) { $0.string(value) }
  }
  func encode(_ value: Double, forKey key: Key) throws {
    try output.write(in: object, key.stringValue) { try $0.double(value) }
  }
  func encode(_ value: Float, forKey key: Key) throws {
    try output.write(in: object, key.stringValue) { try $0.float(value) }
  }
  func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
    try output.write(in: object, key.stringValue) { try $0.encode(value) }
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) -> KeyedEncodingContainer<NestedKey> {
    KeyedEncodingContainer(
      JSONObjectEncoding<NestedKey>(
        output: output, object: output.begin(.object, in: object, key.stringValue)))
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    JSONArrayEncoding(output: output, array: output.begin(.array, in: object, key.stringValue))
  }

  func superEncoder() -> any Encoder { JSONEncoding(output, JSONDeferredMember(in: object, "super")) }
  func superEncoder(forKey key: Key) -> any Encoder {
    JSONEncoding(output, JSONDeferredMember(in: object, key.stringValue))
  }
}

extension JSONObjectEncoding {
  func encode(_ value: Int, forKey key: Key) throws {
    try output.write(in: object, key.stringValue) { $0.integer(value) }
  }
  func encode(_ value: Int8, forKey key: Key) throws {
    try output.write(in: object, key.stringValue) { $0.integer(value) }
  }
  func encode(_ value: Int16, forKey key: Key) throws {
    try output.write(in: object, key.stringValue) { $0.integer(value) }
  }
  func encode(_ value: Int32, forKey key: Key) throws {
    try output.write(in: object, key.stringValue) { $0.integer(value) }
  }
  func encode(_ value: Int64, forKey key: Key) throws {
    try output.write(in: object, key.stringValue) { $0.integer(value) }
  }
  func encode(_ value: Int128, forKey key: Key) throws {
    try output.write(in: object, key.stringValue) { $0.integer(value) }
  }
  func encode(_ value: UInt, forKey key: Key) throws {
    try output.write(in: object, key.stringValue) { $0.integer(value) }
  }
  func encode(_ value: UInt8, forKey key: Key) throws {
    try output.write(in: object, key.stringValue) { $0.integer(value) }
  }
  func encode(_ value: UInt16, forKey key: Key) throws {
    try output.write(in: object, key.stringValue) { $0.integer(value) }
  }
  func encode(_ value: UInt32, forKey key: Key) throws {
    try output.write(in: object, key.stringValue) { $0.integer(value) }
  }
  func encode(_ value: UInt64, forKey key: Key) throws {
    try output.write(in: object, key.stringValue) { $0.integer(value) }
  }
  func encode(_ value: UInt128, forKey key: Key) throws {
    try output.write(in: object, key.stringValue) { $0.integer(value) }
  }
}
