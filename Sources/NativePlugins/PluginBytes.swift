import PluginABI
import ToolContracts

extension String {
  /// A copy of bytes that were checked, with what is not UTF-8 replaced.
  init(copying bytes: jf_bytes) {
    self.init(decoding: UnsafeBufferPointer(start: bytes.ptr, count: Int(bytes.len)), as: UTF8.self)
  }

  /// As much of a plugin's message as fits into `limit` bytes.
  init(message bytes: jf_bytes, atMost limit: Int) {
    self.init(message: UnsafeRawBufferPointer(beginningOf: bytes, atMost: limit), atMost: limit)
  }
}

extension UnsafeRawBufferPointer {
  /// What a plugin passes: nil for a null pointer with a length, and for a length that nothing in memory has.
  init?(passed bytes: jf_bytes, atMost limit: UInt64) {
    guard bytes.len <= limit, bytes.ptr != nil || bytes.len == 0 else { return nil }
    self.init(start: bytes.ptr, count: Int(bytes.len))
  }

  /// The first `limit` bytes, and one more, so that what is longer is seen to be. Empty for a null pointer, and for a length
  /// that nothing in memory has: there is no telling how much of it may be read.
  init(beginningOf bytes: jf_bytes, atMost limit: Int) {
    let isText = bytes.ptr != nil && bytes.len <= longestPayload
    self.init(start: bytes.ptr, count: isText ? Int(Swift.min(bytes.len, UInt64(limit) + 1)) : 0)
  }
}
