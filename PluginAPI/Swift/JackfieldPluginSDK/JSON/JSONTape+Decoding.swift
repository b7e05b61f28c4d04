/// Values of Swift types, or why there is none.
extension JSONTape {
  func decodeString(_ index: Int) throws -> String {
    guard self[index].kind == .string else { throw mismatch(String.self, "a string", index) }
    return string(index)
  }

  func decodeBool(_ index: Int) throws -> Bool {
    switch self[index].kind {
    case .true: return true
    case .false: return false
    default: throw mismatch(Bool.self, "a boolean", index)
    }
  }

  func decodeInteger<T: FixedWidthInteger>(_ index: Int, as type: T.Type) throws -> T {
    guard self[index].kind == .number else { throw mismatch(type, "an integer", index) }
    guard let value = integer(index, as: type) else { throw unrepresentable(index, "\(type)") }
    return value
  }

  func decodeDouble(_ index: Int) throws -> Double {
    guard self[index].kind == .number else { throw mismatch(Double.self, "a number", index) }
    guard let value = double(index) else { throw unrepresentable(index, "Double") }
    return value
  }

  func decodeFloat(_ index: Int) throws -> Float {
    guard self[index].kind == .number else { throw mismatch(Float.self, "a number", index) }
    guard let value = Float(numberText(index)), value.isFinite else { throw unrepresentable(index, "Float") }
    return value
  }

  /// Types that are asked for by name have functions of their own; this is for what lists and dictionaries hold.
  func decode<T: Decodable>(_ type: T.Type, _ index: Int) throws -> T {
    if type == String.self { return unsafeBitCast(try decodeString(index), to: type) }
    if type == JSONValue.self { return unsafeBitCast(try decodeValue(index), to: type) }
    if type == Double.self { return unsafeBitCast(try decodeDouble(index), to: type) }
    if type == Int.self { return unsafeBitCast(try decodeInteger(index, as: Int.self), to: type) }
    if type == Bool.self { return unsafeBitCast(try decodeBool(index), to: type) }
    if type == [String: JSONValue].self, self[index].kind == .object {
      return unsafeBitCast(try decodeMembers(index), to: type)
    }
    return try T(from: JSONDecoding(tape: self, index: index))
  }

  /// The whole text as a value of a type.
  @inlinable
  func decode<T: Decodable>(_ type: T.Type) throws -> T { try T(from: JSONDecoding(tape: self, index: 0)) }

  func decodeValue(_ index: Int) throws -> JSONValue {
    switch self[index].kind {
    case .null: return .null
    case .true: return .bool(true)
    case .false: return .bool(false)
    case .string: return .string(string(index))
    case .number:
      if let integer = integer(index, as: Int64.self) { return .integer(integer) }
      return .number(try decodeDouble(index))
    case .object: return .object(try decodeMembers(index))
    case .array:
      var elements: [JSONValue] = []
      elements.reserveCapacity(Int(self[index].length))
      var element = index + 1
      while element < self[index].next {
        elements.append(try decodeValue(element))
        element = end(of: element)
      }
      return .array(elements)
    }
  }

  private func decodeMembers(_ object: Int) throws -> [String: JSONValue] {
    var members = [String: JSONValue](minimumCapacity: Int(self[object].length))
    var key = object + 1
    while key < self[object].next {
      let name = string(key)
      if let first = members.updateValue(try decodeValue(key + 1), forKey: name) { members[name] = first }
      key = end(of: key + 1)
    }
    return members
  }
}
