import JSONCodec

enum UniqueItems {
  /// Whether no two elements of the array are equal.
  static func hold(_ array: Int, in tape: JSONTape) -> Bool { firstRepeated(array, in: tape) == nil }

  /// - Returns: the first element that equals an earlier one.
  static func firstRepeated(_ array: Int, in tape: JSONTape) -> Int? {
    let count = tape.count(at: array)
    guard count > 1 else { return nil }
    return count <= 8 && isFlat(array, in: tape) ? byPairs(array, in: tape) : byHash(array, count, in: tape)
  }

  private static func isFlat(_ array: Int, in tape: JSONTape) -> Bool {
    tape.next(after: array) - array - 1 == tape.count(at: array)
  }

  private static func byPairs(_ array: Int, in tape: JSONTape) -> Int? {
    // Flat: the elements' nodes are neighbours.
    let end = tape.next(after: array)
    for later in array + 1..<end {
      for earlier in array + 1..<later where TapeEquality.areEqual(tape, earlier, tape, later) {
        return later
      }
    }
    return nil
  }

  /// An open-addressing table of elements with their hashes, at most half full.
  private static func byHash(_ array: Int, _ count: Int, in tape: JSONTape) -> Int? {
    var capacity = 16
    while capacity < count * 2 { capacity *= 2 }
    return withUnsafeTemporaryAllocation(of: (hash: Int, element: Int).self, capacity: capacity) { table in
      table.initialize(repeating: (0, 0))
      var element = array + 1
      while element < tape.next(after: array) {
        let hash = TapeEquality.hash(tape, element)
        var slot = hash & (capacity - 1)
        // No element has index 0: that is the document's own value.
        while table[slot].element != 0 {
          if table[slot].hash == hash, TapeEquality.areEqual(tape, table[slot].element, tape, element) {
            return element
          }
          slot = (slot + 1) & (capacity - 1)
        }
        table[slot] = (hash, element)
        element = tape.next(after: element)
      }
      return nil
    }
  }
}
