/// The elements of a list, one after the other. Three words: it needs no memory of its own where it is an
/// `any UnkeyedDecodingContainer`.
struct JSONArrayDecoding: UnkeyedDecodingContainer {
  private let tape: JSONTape
  private let array: UInt32
  private var element: UInt32
  private var position: UInt32 = 0

  init(_ tape: JSONTape, _ index: Int) throws {
    guard tape[index].kind == .array else { throw tape.mismatch([Any].self, "a list", index) }
    self.tape = tape
    array = UInt32(truncatingIfNeeded: index)
    element = array + 1
  }

  var codingPath: [any CodingKey] { tape.path(to: Int(array)) }
  var count: Int? { Int(tape[Int(array)].length) }
  var currentIndex: Int { Int(position) }
  var isAtEnd: Bool { element >= tape[Int(array)].next }

  /// Goes on to the next element only if this one is what was asked for.
  @inline(__always)
  private mutating func take<T>(_ type: T.Type, _ read: (Int) throws -> T) throws -> T {
    guard !isAtEnd else { throw atEnd(type) }
    let value = try read(Int(element))
    advance()
    return value
  }

  private mutating func advance() {
    element = UInt32(truncatingIfNeeded: tape.end(of: Int(element)))
    position += 1
  }

  private func atEnd(_ type: Any.Type) -> DecodingError {
    .valueNotFound(
      type,
      .init(
        codingPath: codingPath + [JSONPlace(intValue: currentIndex)], debugDescription: "the list ends before"
      ))
  }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd else { throw atEnd(Any?.self) }
    guard tape[Int(element)].kind == .null else { return false }
    advance()
    return true
  }

  mutating func decode(_ type: Bool.Type) throws -> Bool { try take(type, tape.decodeBool) }
  mutating func decode(_ type: String.Type) throws -> String { try take(type, tape.decodeString) }
  mutating func decode(_ type: Double.Type) throws -> Double { try take(type, tape.decodeDouble) }
  mutating func decode(_ type: Float.Type) throws -> Float { try take(type, tape.decodeFloat) }
  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try take(type) { [tape] in try tape.decode(type, $0) }
  }

  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try take(KeyedDecodingContainer<NestedKey>.self) { [tape] in
      KeyedDecodingContainer(try JSONObjectDecoding<NestedKey>(tape, $0))
    }
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try take((any UnkeyedDecodingContainer).self) { [tape] in try JSONArrayDecoding(tape, $0) }
  }

  mutating func superDecoder() throws -> any Decoder {
    try take((any Decoder).self) { [tape] in JSONDecoding(tape: tape, index: $0) }
  }
}

extension JSONArrayDecoding {
  mutating func decode(_ type: Int.Type) throws -> Int {
    try take(type) { [tape] in try tape.decodeInteger($0, as: type) }
  }
  mutating func decode(_ type: Int8.Type) throws -> Int8 {
    try take(type) { [tape] in try tape.decodeInteger($0, as: type) }
  }
  mutating func decode(_ type: Int16.Type) throws -> Int16 {
    try take(type) { [tape] in try tape.decodeInteger($0, as: type) }
  }
  mutating func decode(_ type: Int32.Type) throws -> Int32 {
    try take(type) { [tape] in try tape.decodeInteger($0, as: type) }
  }
  mutating func decode(_ type: Int64.Type) throws -> Int64 {
    try take(type) { [tape] in try tape.decodeInteger($0, as: type) }
  }
  mutating func decode(_ type: Int128.Type) throws -> Int128 {
    try take(type) { [tape] in try tape.decodeInteger($0, as: type) }
  }
  mutating func decode(_ type: UInt.Type) throws -> UInt {
    try take(type) { [tape] in try tape.decodeInteger($0, as: type) }
  }
  mutating func decode(_ type: UInt8.Type) throws -> UInt8 {
    try take(type) { [tape] in try tape.decodeInteger($0, as: type) }
  }
  mutating func decode(_ type: UInt16.Type) throws -> UInt16 {
    try take(type) { [tape] in try tape.decodeInteger($0, as: type) }
  }
  mutating func decode(_ type: UInt32.Type) throws -> UInt32 {
    try take(type) { [tape] in try tape.decodeInteger($0, as: type) }
  }
  mutating func decode(_ type: UInt64.Type) throws -> UInt64 {
    try take(type) { [tape] in try tape.decodeInteger($0, as: type) }
  }
  mutating func decode(_ type: UInt128.Type) throws -> UInt128 {
    try take(type) { [tape] in try tape.decodeInteger($0, as: type) }
  }
}
