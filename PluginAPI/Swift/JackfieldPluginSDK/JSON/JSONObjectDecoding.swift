/// The members of an object.
struct JSONObjectDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
  private let tape: JSONTape
  private let object: Int

  init(_ tape: JSONTape, _ index: Int) throws {
    guard tape[index].kind == .object else { throw tape.mismatch([String: Any].self, "an object", index) }
    self.tape = tape
    object = index
  }

  var codingPath: [any CodingKey] { tape.path(to: object) }

  /// Each name once, however often it occurs.
  var allKeys: [Key] {
    var names: Set<String> = []
    var keys: [Key] = []
    tape.forEachKey(of: object) { key in
      let name = tape.string(key)
      if names.insert(name).inserted, let key = Key(stringValue: name) { keys.append(key) }
    }
    return keys
  }

  func contains(_ key: Key) -> Bool { find(key) != nil }

  private func find(_ key: Key) -> Int? { tape.value(of: key.stringValue, in: object) }

  private func value(_ key: Key) throws -> Int {
    guard let value = find(key) else { throw tape.missing(key, in: object) }
    return value
  }

  /// Nil where there is no such member, or a null.
  private func present(_ key: Key) -> Int? {
    guard let value = find(key), tape[value].kind != .null else { return nil }
    return value
  }

  func decodeNil(forKey key: Key) throws -> Bool { try tape[value(key)].kind == .null }

  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try tape.decodeBool(value(key)) }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try tape.decodeString(value(key)) }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try tape.decodeDouble(value(key)) }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try tape.decodeFloat(value(key)) }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try tape.decode(type, value(key)) }

  // The default ones look for a member three times.
  func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
    try present(key).map(tape.decodeBool)
  }
  func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
    try present(key).map(tape.decodeString)
  }
  func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
    try present(key).map(tape.decodeDouble)
  }
  func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
    try present(key).map { try tape.decodeInteger($0, as: type) }
  }
  func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
    try present(key).map { try tape.decode(type, $0) }
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    KeyedDecodingContainer(try JSONObjectDecoding<NestedKey>(tape, value(key)))
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try JSONArrayDecoding(tape, value(key))
  }

  /// Of the member "super". Without one, of a null, as a superclass may have nothing to say.
  func superDecoder() throws -> any Decoder {
    JSONDecoding(tape: tape, index: tape.value(of: "super", in: object) ?? tape.count)
  }

  func superDecoder(forKey key: Key) throws -> any Decoder {
    JSONDecoding(tape: tape, index: find(key) ?? tape.count)
  }
}

extension JSONObjectDecoding {
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
    try tape.decodeInteger(value(key), as: type)
  }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 {
    try tape.decodeInteger(value(key), as: type)
  }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 {
    try tape.decodeInteger(value(key), as: type)
  }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 {
    try tape.decodeInteger(value(key), as: type)
  }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 {
    try tape.decodeInteger(value(key), as: type)
  }
  func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 {
    try tape.decodeInteger(value(key), as: type)
  }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt {
    try tape.decodeInteger(value(key), as: type)
  }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 {
    try tape.decodeInteger(value(key), as: type)
  }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 {
    try tape.decodeInteger(value(key), as: type)
  }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 {
    try tape.decodeInteger(value(key), as: type)
  }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 {
    try tape.decodeInteger(value(key), as: type)
  }
  func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 {
    try tape.decodeInteger(value(key), as: type)
  }
}
