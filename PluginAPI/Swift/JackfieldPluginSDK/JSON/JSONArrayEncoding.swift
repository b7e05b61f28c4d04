/// The elements of a list.
struct JSONArrayEncoding: UnkeyedEncodingContainer {
  let output: JSONOutput
  let array: Int

  var codingPath: [any CodingKey] { output.path(of: array) }
  var count: Int { output.containers.indices.contains(array) ? output.containers[array].count : 0 }

  func encodeNil() throws { try output.write(in: array, nil) { $0.null() } }
  func encode(_ value: Bool) throws { try output.write(in: array, nil) { $0.bool(value) } }
  func encode(_ value: String) throws { try output.write(in: array, nil) { $0.string(value) } }
  func encode(_ value: Double) throws { try output.write(in: array, nil) { try $0.double(value) } }
  func encode(_ value: Float) throws { try output.write(in: array, nil) { try $0.float(value) } }
  func encode<T: Encodable>(_ value: T) throws { try output.write(in: array, nil) { try $0.encode(value) } }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) -> KeyedEncodingContainer<NestedKey> {
    KeyedEncodingContainer(
      JSONObjectEncoding<NestedKey>(output: output, object: output.begin(.object, in: array, nil)))
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    JSONArrayEncoding(output: output, array: output.begin(.array, in: array, nil))
  }

  func superEncoder() -> any Encoder { JSONEncoding(output, JSONDeferredMember(in: array, nil)) }
}

extension JSONArrayEncoding {
  func encode(_ value: Int) throws { try output.write(in: array, nil) { $0.integer(value) } }
  func encode(_ value: Int8) throws { try output.write(in: array, nil) { $0.integer(value) } }
  func encode(_ value: Int16) throws { try output.write(in: array, nil) { $0.integer(value) } }
  func encode(_ value: Int32) throws { try output.write(in: array, nil) { $0.integer(value) } }
  func encode(_ value: Int64) throws { try output.write(in: array, nil) { $0.integer(value) } }
  func encode(_ value: Int128) throws { try output.write(in: array, nil) { $0.integer(value) } }
  func encode(_ value: UInt) throws { try output.write(in: array, nil) { $0.integer(value) } }
  func encode(_ value: UInt8) throws { try output.write(in: array, nil) { $0.integer(value) } }
  func encode(_ value: UInt16) throws { try output.write(in: array, nil) { $0.integer(value) } }
  func encode(_ value: UInt32) throws { try output.write(in: array, nil) { $0.integer(value) } }
  func encode(_ value: UInt64) throws { try output.write(in: array, nil) { $0.integer(value) } }
  func encode(_ value: UInt128) throws { try output.write(in: array, nil) { $0.integer(value) } }
}
