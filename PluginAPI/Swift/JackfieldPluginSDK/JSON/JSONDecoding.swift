/// The `Decoder` of one value of a text.
@usableFromInline
struct JSONDecoding: Decoder, SingleValueDecodingContainer {
  @usableFromInline let tape: JSONTape
  @usableFromInline let index: Int

  @inlinable
  init(tape: JSONTape, index: Int) {
    self.tape = tape
    self.index = index
  }

  @usableFromInline var codingPath: [any CodingKey] { tape.path(to: index) }
  @usableFromInline var userInfo: [CodingUserInfoKey: Any] { [:] }

  @usableFromInline
  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(try JSONObjectDecoding<Key>(tape, index))
  }

  @usableFromInline
  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { try JSONArrayDecoding(tape, index) }

  @usableFromInline
  func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

  @usableFromInline
  func decodeNil() -> Bool { tape[index].kind == .null }

  @usableFromInline
  func decode(_ type: Bool.Type) throws -> Bool { try tape.decodeBool(index) }

  @usableFromInline
  func decode(_ type: String.Type) throws -> String { try tape.decodeString(index) }

  @usableFromInline
  func decode(_ type: Double.Type) throws -> Double { try tape.decodeDouble(index) }

  @usableFromInline
  func decode(_ type: Float.Type) throws -> Float { try tape.decodeFloat(index) }

  @usableFromInline
  func decode<T: Decodable>(_ type: T.Type) throws -> T { try tape.decode(type, index) }
}

extension JSONDecoding {
  @usableFromInline
  func decode(_ type: Int.Type) throws -> Int { try tape.decodeInteger(index, as: type) }
  @usableFromInline
  func decode(_ type: Int8.Type) throws -> Int8 { try tape.decodeInteger(index, as: type) }
  @usableFromInline
  func decode(_ type: Int16.Type) throws -> Int16 { try tape.decodeInteger(index, as: type) }
  @usableFromInline
  func decode(_ type: Int32.Type) throws -> Int32 { try tape.decodeInteger(index, as: type) }
  @usableFromInline
  func decode(_ type: Int64.Type) throws -> Int64 { try tape.decodeInteger(index, as: type) }
  @usableFromInline
  func decode(_ type: Int128.Type) throws -> Int128 { try tape.decodeInteger(index, as: type) }
  @usableFromInline
  func decode(_ type: UInt.Type) throws -> UInt { try tape.decodeInteger(index, as: type) }
  @usableFromInline
  func decode(_ type: UInt8.Type) throws -> UInt8 { try tape.decodeInteger(index, as: type) }
  @usableFromInline
  func decode(_ type: UInt16.Type) throws -> UInt16 { try tape.decodeInteger(index, as: type) }
  @usableFromInline
  func decode(_ type: UInt32.Type) throws -> UInt32 { try tape.decodeInteger(index, as: type) }
  @usableFromInline
  func decode(_ type: UInt64.Type) throws -> UInt64 { try tape.decodeInteger(index, as: type) }
  @usableFromInline
  func decode(_ type: UInt128.Type) throws -> UInt128 { try tape.decodeInteger(index, as: type) }
}
