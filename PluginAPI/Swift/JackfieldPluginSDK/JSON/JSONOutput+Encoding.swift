extension JSONOutput {
  /// The text of a value. The result of a function is an object, but this writes any value.
  @inlinable
  static func of<T: Encodable>(_ value: T) throws -> JSONOutput {
    let output = JSONOutput()
    let place = JSONEncoding(output)
    try value.encode(to: place)
    try output.finish(place)
    return output
  }

  @usableFromInline
  func finish(_ place: JSONEncoding) throws {
    ended(place)
    if let misuse { throw misuse }
  }

  /// Types that are named where they are encoded have functions of their own; the first ones here are for what lists
  /// and dictionaries hold.
  func encode<T: Encodable>(_ value: T) throws {
    if T.self == String.self { return string(unsafeBitCast(value, to: String.self)) }
    if T.self == Double.self { return try double(unsafeBitCast(value, to: Double.self)) }
    if T.self == Int.self { return decimal(Int64(unsafeBitCast(value, to: Int.self))) }
    if T.self == Bool.self { return bool(unsafeBitCast(value, to: Bool.self)) }
    if T.self == JSONValue.self { return try self.value(unsafeBitCast(value, to: JSONValue.self)) }
    let place = JSONEncoding(self)
    try value.encode(to: place)
    ended(place)
  }

  /// - Throws: `EncodingError.invalidValue` for an infinity or NaN, for which JSON has no text.
  func double(_ value: Double) throws {
    guard value.isFinite else { throw notFinite(value) }
    number(value)
  }

  func float(_ value: Float) throws {
    guard value.isFinite else { throw notFinite(value) }
    number(value)
  }

  @inline(never)
  private func notFinite(_ value: some BinaryFloatingPoint) -> EncodingError {
    .invalidValue(
      value, .init(codingPath: path(ofMemberIn: open), debugDescription: "\(value) is no JSON number"))
  }

  func value(_ value: JSONValue) throws {
    switch value {
    case .null: null()
    case .bool(let value): bool(value)
    case .integer(let value): decimal(value)
    case .number(let value): try double(value)
    case .string(let value): string(value)
    case .array(let elements):
      append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { append(UInt8(ascii: ",")) }
        try self.value(element)
      }
      append(UInt8(ascii: "]"))
    case .object(let members):
      append(UInt8(ascii: "{"))
      var isFirst = true
      for (key, member) in members.sorted(by: { $0.key < $1.key }) {
        if !isFirst { append(UInt8(ascii: ",")) }
        isFirst = false
        string(key)
        append(UInt8(ascii: ":"))
        try self.value(member)
      }
      append(UInt8(ascii: "}"))
    }
  }

  /// A type that encodes nothing is an object without members.
  private func ended(_ place: JSONEncoding) {
    close(to: place.mark)
    if count == place.start { append("{}") }
  }
}
