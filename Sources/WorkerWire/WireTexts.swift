/// Several texts in one payload: the length of each as a 32-bit number, then all their bytes.
package enum WireTexts {
  package static func byteCount(of texts: [[UInt8]]) -> Int {
    texts.reduce(texts.count * MemoryLayout<UInt32>.size) { $0 + $1.count }
  }

  package static func list(_ texts: [[UInt8]]) -> [UInt8] {
    var list: [UInt8] = []
    list.reserveCapacity(byteCount(of: texts))
    for text in texts { withUnsafeBytes(of: UInt32(text.count)) { list.append(contentsOf: $0) } }
    for text in texts { list.append(contentsOf: text) }
    return list
  }

  /// The two texts that fill `list` to its last byte; they point into it. Nil where they do not.
  package static func two(
    in list: UnsafeRawBufferPointer
  ) -> (UnsafeRawBufferPointer, UnsafeRawBufferPointer)? {
    let begin = 2 * MemoryLayout<UInt32>.size
    guard list.count >= begin else { return nil }
    let first = UInt64(list.loadUnaligned(fromByteOffset: 0, as: UInt32.self))
    let second = UInt64(list.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    guard UInt64(begin) + first + second == UInt64(list.count) else { return nil }
    let middle = begin + Int(first)
    return (
      UnsafeRawBufferPointer(rebasing: list[begin..<middle]),
      UnsafeRawBufferPointer(rebasing: list[middle...])
    )
  }
}
