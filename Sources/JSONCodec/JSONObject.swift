/// Members in the order they were written or added. Names are compared code point by code point.
/// Equality ignores the order, as JSON does.
package struct JSONObject: Sendable, Sequence {
  private var names: [String] = []
  private var contents: [JSONValue] = []
  /// Positions by name, kept from the size on where looking through the names costs more.
  private var positions: [JSONKey: Int]?

  private static let indexedFrom = 12

  package init() {}

  package init(uniqueKeysWithValues members: some Sequence<(String, JSONValue)>) {
    for (key, value) in members { self[key] = value }
  }

  /// A repeated key keeps its first place and its last value.
  init(_ members: JSONMembers) {
    names.reserveCapacity(members.underestimatedCount)
    contents.reserveCapacity(members.underestimatedCount)
    for (key, view) in members { self[key] = view.value }
  }

  package var keys: [String] { names }
  package var values: [JSONValue] { contents }
  package var count: Int { names.count }
  package var isEmpty: Bool { names.isEmpty }

  package subscript(key: String) -> JSONValue? {
    get { position(of: key).map { contents[$0] } }
    set {
      switch (position(of: key), newValue) {
      case (let position?, let value?): contents[position] = value
      case (nil, let value?): append(key, value)
      case (let position?, nil): remove(at: position)
      case (nil, nil): break
      }
    }
  }

  package func makeIterator() -> AnyIterator<(key: String, value: JSONValue)> {
    var position = 0
    return AnyIterator {
      guard position < names.count else { return nil }
      defer { position += 1 }
      return (names[position], contents[position])
    }
  }

  private func position(of key: String) -> Int? {
    if let positions { return positions[JSONKey(key)] }
    return names.firstIndex { areSameText($0, key) }
  }

  private mutating func append(_ key: String, _ value: JSONValue) {
    names.append(key)
    contents.append(value)
    if positions != nil {
      positions?[JSONKey(key)] = names.count - 1
    } else if names.count >= Self.indexedFrom {
      rebuildPositions()
    }
  }

  private mutating func remove(at position: Int) {
    names.remove(at: position)
    contents.remove(at: position)
    positions = nil
    if names.count >= Self.indexedFrom { rebuildPositions() }
  }

  private mutating func rebuildPositions() {
    positions = Dictionary(uniqueKeysWithValues: names.enumerated().map { (JSONKey($1), $0) })
  }
}

extension JSONObject: Hashable {
  package static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.count == right.count && left.allSatisfy { right[$0.key] == $0.value }
  }

  package func hash(into hasher: inout Hasher) {
    // Order must not matter: each member is hashed on its own and the sum is taken.
    var sum = 0
    for (key, value) in self {
      var member = Hasher()
      member.combine(JSONKey(key))
      member.combine(value)
      sum &+= member.finalize()
    }
    hasher.combine(sum)
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral members: (String, JSONValue)...) { self.init(uniqueKeysWithValues: members) }
}
