extension JSONTape {
  /// Index of the first key that repeats an earlier one, names compared after their escapes.
  func firstDuplicateKey(ofObjectAt object: Int) -> Int? {
    let end = next(after: object)
    let members = count(at: object)
    if members > 16 { return firstDuplicate(among: members, from: object + 1, to: end) }
    var key = object + 1
    while key < end {
      if repeatsEarlier(key, from: object + 1) { return key }
      key = next(after: key + 1)
    }
    return nil
  }

  private func repeatsEarlier(_ key: Int, from first: Int) -> Bool {
    var earlier = first
    while earlier < key {
      if areSameKey(earlier, key) { return true }
      earlier = next(after: earlier + 1)
    }
    return false
  }

  private func areSameKey(_ a: Int, _ b: Int) -> Bool {
    guard nodes[a].keyHash == nodes[b].keyHash else { return false }
    return withUnescaped(at: b) { isKey(at: a, equalTo: $0) }
  }

  /// An open-addressing table of key indices, at most half full. Hashes are seeded, so chains stay short.
  private func firstDuplicate(among members: Int, from first: Int, to end: Int) -> Int? {
    var capacity = 64
    while capacity < members * 2 { capacity *= 2 }
    return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: capacity) { table in
      table.initialize(repeating: 0)
      let mask = UInt32(truncatingIfNeeded: capacity - 1)
      var key = first
      while key < end {
        var slot = nodes[key].keyHash & mask
        while table[Int(slot)] != 0 {
          if areSameKey(Int(table[Int(slot)]), key) { return key }
          slot = (slot &+ 1) & mask
        }
        table[Int(slot)] = UInt32(truncatingIfNeeded: key)
        key = next(after: key + 1)
      }
      return nil
    }
  }
}
