import JSONCodec

/// Equality of JSON values as JSON Schema defines it: numbers by value, objects without order.
enum TapeEquality {
  static func areEqual(_ a: JSONTape, _ i: Int, _ b: JSONTape, _ j: Int) -> Bool {
    let (left, right) = (a.nodes[i], b.nodes[j])
    guard left.kind == right.kind else { return false }
    switch left.kind {
    case .null: return true
    case .bool: return left.isTrue == right.isTrue
    case .number: return areEqualNumbers(a, i, b, j)
    case .string: return areEqualStrings(a, i, b, j)
    case .array: return areEqualArrays(a, i, b, j)
    case .object: return areEqualObjects(a, i, b, j)
    }
  }

  private static func areEqualNumbers(_ a: JSONTape, _ i: Int, _ b: JSONTape, _ j: Int) -> Bool {
    if let left = a.nodes[i].smallInteger, let right = b.nodes[j].smallInteger { return left == right }
    return DecimalText(a.bytes(at: i)).compared(to: DecimalText(b.bytes(at: j))) == 0
  }

  private static func areEqualStrings(_ a: JSONTape, _ i: Int, _ b: JSONTape, _ j: Int) -> Bool {
    if a.nodes[i].hasEscapes { return b.isKey(at: j, equalTo: a.string(at: i)) }
    return b.isKey(at: j, equalTo: a.bytes(at: i))
  }

  private static func areEqualArrays(_ a: JSONTape, _ i: Int, _ b: JSONTape, _ j: Int) -> Bool {
    guard a.count(at: i) == b.count(at: j) else { return false }
    var (left, right) = (i + 1, j + 1)
    while left < a.next(after: i) {
      guard areEqual(a, left, b, right) else { return false }
      (left, right) = (a.next(after: left), b.next(after: right))
    }
    return true
  }

  private static func areEqualObjects(_ a: JSONTape, _ i: Int, _ b: JSONTape, _ j: Int) -> Bool {
    let count = a.count(at: i)
    guard count == b.count(at: j) else { return false }
    // Looking through the names for each name takes time in proportion to the square.
    if count > 32 { return areEqualLargeObjects(a, i, b, j, count) }
    var key = i + 1
    while key < a.next(after: i) {
      let found = a.withUnescaped(at: key) { b.value(of: $0, hash: a.nodes[key].keyHash, inObjectAt: j) }
      guard let found, areEqual(a, key + 1, b, found) else { return false }
      key = a.next(after: key + 1)
    }
    return true
  }

  /// With an open-addressing table of the other object's keys, at most half full.
  private static func areEqualLargeObjects(_ a: JSONTape, _ i: Int, _ b: JSONTape, _ j: Int, _ count: Int)
    -> Bool
  {
    var capacity = 64
    while capacity < count * 2 { capacity *= 2 }
    let mask = UInt32(truncatingIfNeeded: capacity - 1)
    return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: capacity) { table in
      table.initialize(repeating: 0)
      // No key has index 0: that is the document's own value.
      func place(of name: UnsafeBufferPointer<UInt8>, _ hash: UInt32) -> Int {
        var slot = hash & mask
        while table[Int(slot)] != 0 {
          let key = Int(table[Int(slot)])
          if b.nodes[key].keyHash == hash, b.isKey(at: key, equalTo: name) { break }
          slot = (slot &+ 1) & mask
        }
        return Int(slot)
      }
      var key = j + 1
      while key < b.next(after: j) {
        let slot = b.withUnescaped(at: key) { place(of: $0, b.nodes[key].keyHash) }
        table[slot] = UInt32(truncatingIfNeeded: key)
        key = b.next(after: key + 1)
      }
      key = i + 1
      while key < a.next(after: i) {
        let slot = a.withUnescaped(at: key) { place(of: $0, a.nodes[key].keyHash) }
        guard table[slot] != 0, areEqual(a, key + 1, b, Int(table[slot]) + 1) else { return false }
        key = a.next(after: key + 1)
      }
      return true
    }
  }

  /// Equal values have equal hashes. Takes time in proportion to the value.
  static func hash(_ tape: JSONTape, _ index: Int) -> Int {
    var hasher = Hasher()
    switch tape.nodes[index].kind {
    case .null: hasher.combine(0)
    case .bool: hasher.combine(tape.nodes[index].isTrue)
    case .number: DecimalText(tape.bytes(at: index)).hash(into: &hasher)
    case .string:
      hasher.combine(1)
      tape.withUnescaped(at: index) { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    case .array:
      hasher.combine(2)
      var child = index + 1
      while child < tape.next(after: index) {
        hasher.combine(hash(tape, child))
        child = tape.next(after: child)
      }
    case .object:
      hasher.combine(3)
      var sum = 0
      var key = index + 1
      while key < tape.next(after: index) {
        var member = Hasher()
        member.combine(tape.nodes[key].keyHash)
        member.combine(hash(tape, key + 1))
        sum &+= member.finalize()
        key = tape.next(after: key + 1)
      }
      hasher.combine(sum)
    }
    return hasher.finalize()
  }
}
