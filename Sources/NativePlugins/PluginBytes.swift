import PluginABI

extension String {
  /// A copy of bytes that were checked, with what is not UTF-8 replaced.
  init(copying bytes: jf_bytes) {
    self.init(decoding: UnsafeBufferPointer(start: bytes.ptr, count: Int(bytes.len)), as: UTF8.self)
  }

  /// As much of a plugin's message as fits into `limit` bytes. A character that the cut leaves incomplete is dropped.
  init(message bytes: jf_bytes, atMost limit: Int) {
    guard let start = bytes.ptr, bytes.len > 0 else {
      self.init()
      return
    }
    var end = Int(Swift.min(bytes.len, UInt64(limit)))
    if bytes.len > UInt64(limit) {
      let isContinuation = { (byte: UInt8) in byte & 0xc0 == 0x80 }
      while end > Swift.max(0, limit - 4), isContinuation(start[end]) { end -= 1 }
    }
    self.init(decoding: UnsafeBufferPointer(start: start, count: end), as: UTF8.self)
  }
}

extension UnsafeRawBufferPointer {
  /// What a plugin passes: nil for a null pointer with a length, and for a length that nothing in memory has.
  init?(passed bytes: jf_bytes, atMost limit: UInt64) {
    guard bytes.len <= limit, bytes.ptr != nil || bytes.len == 0 else { return nil }
    self.init(start: bytes.ptr, count: Int(bytes.len))
  }
}
