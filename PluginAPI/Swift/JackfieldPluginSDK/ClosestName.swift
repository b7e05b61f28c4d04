/// The name that was most likely meant; nil if none is near.
///
/// For messages to models, whose wrong names are mostly misspelt right ones. Case does not count, and neither does the
/// difference between space, hyphen and underscore.
public func closestName(to name: String, among names: some Sequence<String>) -> String? {
  let wanted = folded(name)
  let limit = max(1, wanted.count / 3)
  var closest: (name: String, distance: Int)?
  for candidate in names {
    let distance = editDistance(wanted, folded(candidate), limit: closest.map { $0.distance - 1 } ?? limit)
    if let distance { closest = (candidate, distance) }
    if distance == 0 { break }
  }
  return closest?.name
}

private func folded(_ name: String) -> [UInt8] {
  // Longer names than this are no misspelling of anything.
  name.utf8.prefix(128).map { byte in
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
    case UInt8(ascii: " "), UInt8(ascii: "-"): UInt8(ascii: "_")
    default: byte
    }
  }
}

/// How many bytes to insert, remove or replace; nil if more than `limit`.
private func editDistance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int? {
  guard abs(left.count - right.count) <= limit else { return nil }
  var row = Array(0...right.count)
  for (i, byte) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in right.enumerated() {
      let substituted = diagonal + (byte == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
    }
  }
  return row[right.count] <= limit ? row[right.count] : nil
}
