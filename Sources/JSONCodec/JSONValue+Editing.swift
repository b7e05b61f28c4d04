extension JSONValue {
  /// Replaces the value at `pointer`, or removes it with `nil`; a new last token adds a member.
  /// - Returns: whether there was such a place.
  @discardableResult
  package mutating func set(_ value: JSONValue?, at pointer: JSONPointer) -> Bool {
    set(value, at: pointer.tokens[...])
  }

  private mutating func set(_ value: JSONValue?, at tokens: ArraySlice<String>) -> Bool {
    guard let token = tokens.first else {
      guard let value else { return false }
      self = value
      return true
    }
    switch self {
    case .object(var members):
      self = .null  // so that `members` is the only owner and is edited in place
      defer { self = .object(members) }
      guard tokens.count > 1 else {
        members[token] = value
        return true
      }
      guard var child = members[token] else { return false }
      let isSet = child.set(value, at: tokens.dropFirst())
      members[token] = child
      return isSet
    case .array(var elements):
      guard let index = JSONPointer.arrayIndex(token), elements.indices.contains(index) else { return false }
      self = .null
      defer { self = .array(elements) }
      if tokens.count == 1, value == nil {
        elements.remove(at: index)
        return true
      }
      return elements[index].set(value, at: tokens.dropFirst())
    default: return false
    }
  }
}
