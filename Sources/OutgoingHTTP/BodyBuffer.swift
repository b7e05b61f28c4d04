/// What has arrived of a body and was not read yet.
struct BodyBuffer {
  private var bytes: [UInt8] = []
  private var taken = 0
  /// The last bytes that nobody gets yet: with what follows them they may be a secret.
  private var withheld = 0

  /// Of what can be taken.
  var count: Int { bytes.count - taken - withheld }
  var isEmpty: Bool { count == 0 }

  mutating func append(_ more: UnsafeRawBufferPointer, covering mask: SecretMask) {
    let start = bytes.count - withheld
    bytes.append(contentsOf: more)
    guard !mask.isEmpty else { return }
    withheld = bytes.withUnsafeMutableBytes {
      mask.cover(UnsafeMutableRawBufferPointer(rebasing: $0[start...]))
    }
  }

  /// Nothing follows.
  mutating func end() { withheld = 0 }

  mutating func take(atMost limit: Int) -> [UInt8] {
    let end = taken + min(limit, count)
    let piece = Array(bytes[taken..<end])
    taken = end
    // Moved together only now and then: a plugin may read byte by byte.
    if taken == bytes.count || taken > 64 << 10 {
      bytes.removeFirst(taken)
      taken = 0
    }
    return piece
  }
}
