extension String {
  /// As much of a message as fits into `limit` bytes, with what is not UTF-8 replaced. A character that the cut leaves
  /// incomplete is dropped.
  package init(message bytes: UnsafeRawBufferPointer, atMost limit: Int) {
    var end = Swift.min(bytes.count, limit)
    if bytes.count > limit {
      let isContinuation = { (byte: UInt8) in byte & 0xc0 == 0x80 }
      while end > Swift.max(0, limit - 4), isContinuation(bytes[end]) { end -= 1 }
    }
    self.init(decoding: UnsafeRawBufferPointer(rebasing: bytes[..<end]), as: UTF8.self)
  }
}
