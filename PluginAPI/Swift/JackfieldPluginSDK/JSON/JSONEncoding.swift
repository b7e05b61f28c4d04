/// The `Encoder` of one value.
@usableFromInline
struct JSONEncoding: Encoder, SingleValueEncodingContainer {
  let output: JSONOutput
  /// Where the text of the value begins.
  let start: Int
  /// How many containers there were before: the first one of this value has this index.
  let mark: Int
  /// Set if the value is a member that has not been begun; see `superEncoder`.
  let member: JSONDeferredMember?

  /// Of the value that comes next.
  @usableFromInline
  init(_ output: JSONOutput) {
    self.output = output
    start = output.count
    mark = output.containers.count
    member = nil
  }

  init(_ output: JSONOutput, _ member: JSONDeferredMember) {
    self.output = output
    start = 0
    mark = 0
    self.member = member
  }

  @usableFromInline var codingPath: [any CodingKey] {
    if let member {
      return output.path(of: member.container) + (member.key.map { [JSONPlace(stringValue: $0)] } ?? [])
    }
    return output.path(ofMemberIn: output.open)
  }
  @usableFromInline var userInfo: [CodingUserInfoKey: Any] { [:] }

  @usableFromInline
  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    let isDictionary = ObjectIdentifier(type) == JSONOutput.dictionaryKey
    return KeyedEncodingContainer(
      JSONObjectEncoding<Key>(output: output, object: begin(isDictionary ? .dictionary : .object)))
  }

  @usableFromInline
  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    JSONArrayEncoding(output: output, array: begin(.array))
  }

  @usableFromInline
  func singleValueContainer() -> any SingleValueEncodingContainer { self }

  /// A value that asks for a container again gets the same.
  private func begin(_ kind: JSONContainer.Kind) -> Int {
    guard let begun = member.map({ $0.begun }) ?? (output.containers.count > mark ? mark : nil) else {
      guard let member else {
        if output.count != start { output.note("a value was encoded twice") }
        return output.begin(kind)
      }
      let container = output.begin(kind, in: member.container, member.key)
      member.begun = container
      return container
    }
    guard output.containers.indices.contains(begun),
      (output.containers[begun].kind == .array) == (kind == .array)
    else {
      output.note("a value was encoded as a list and as an object")
      return begun
    }
    return begun
  }

  private func single(_ write: (JSONOutput) throws -> Void) throws {
    if let member {
      if member.begun != nil { output.note("a value was encoded twice") }
      return try output.write(in: member.container, member.key, write)
    }
    if output.count != start { output.note("a value was encoded twice") }
    try write(output)
  }

  @usableFromInline
  func encodeNil() throws { try single { $0.null() } }
  @usableFromInline
  func encode(_ value: Bool) throws { try single { $0.bool(value) } }
  @usableFromInline
  func encode(_ value: String) throws { try single { $0.string(value) } }
  @usableFromInline
  func encode(_ value: Double) throws { try single { try $0.double(value) } }
  @usableFromInline
  func encode(_ value: Float) throws { try single { try $0.float(value) } }
  @usableFromInline
  func encode<T: Encodable>(_ value: T) throws { try single { try $0.encode(value) } }
}

/// A member that `superEncoder` has promised: it is begun once there is something to write.
final class JSONDeferredMember {
  let container: Int
  let key: String?
  var begun: Int?

  init(in container: Int, _ key: String?) {
    self.container = container
    self.key = key
  }
}

extension JSONOutput {
  /// By what `Dictionary` encodes itself: the standard library does not name it.
  static let dictionaryKey = _typeByName("s20_DictionaryCodingKeyV").map { ObjectIdentifier($0) }
}

extension JSONEncoding {
  @usableFromInline
  func encode(_ value: Int) throws { try single { $0.integer(value) } }
  @usableFromInline
  func encode(_ value: Int8) throws { try single { $0.integer(value) } }
  @usableFromInline
  func encode(_ value: Int16) throws { try single { $0.integer(value) } }
  @usableFromInline
  func encode(_ value: Int32) throws { try single { $0.integer(value) } }
  @usableFromInline
  func encode(_ value: Int64) throws { try single { $0.integer(value) } }
  @usableFromInline
  func encode(_ value: Int128) throws { try single { $0.integer(value) } }
  @usableFromInline
  func encode(_ value: UInt) throws { try single { $0.integer(value) } }
  @usableFromInline
  func encode(_ value: UInt8) throws { try single { $0.integer(value) } }
  @usableFromInline
  func encode(_ value: UInt16) throws { try single { $0.integer(value) } }
  @usableFromInline
  func encode(_ value: UInt32) throws { try single { $0.integer(value) } }
  @usableFromInline
  func encode(_ value: UInt64) throws { try single { $0.integer(value) } }
  @usableFromInline
  func encode(_ value: UInt128) throws { try single { $0.integer(value) } }
}
