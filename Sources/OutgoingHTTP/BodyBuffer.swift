/// What has arrived of a body and was not read yet.
struct BodyBuffer {
  private var bytes: [UInt8] = []
  private var taken = 0

  var count: Int { bytes.count - taken }
  var isEmpty: Bool { count == 0 }

  mutating func append(_ more: UnsafeRawBufferPointer) { bytes.append(contentsOf: more) }

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
