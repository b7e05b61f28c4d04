import PluginABI
import ToolContracts

extension String {
  /// A copy of bytes that were checked, with what is not UTF-8 replaced.
  init(copying bytes: jf_bytes) {
    self.init(decoding: UnsafeBufferPointer(start: bytes.ptr, count: Int(bytes.len)), as: UTF8.self)
  }

  /// As much of a plugin's message as fits into `limit` bytes; empty for a null pointer.
  init(message bytes: jf_bytes, atMost limit: Int) {
    let count = Int(Swift.min(bytes.len, UInt64(limit) + 1))
    self.init(
      message: UnsafeRawBufferPointer(start: bytes.ptr, count: bytes.ptr == nil ? 0 : count), atMost: limit)
  }
}

extension UnsafeRawBufferPointer {
  /// What a plugin passes: nil for a null pointer with a length, and for a length that nothing in memory has.
  init?(passed bytes: jf_bytes, atMost limit: UInt64) {
    guard bytes.len <= limit, bytes.ptr != nil || bytes.len == 0 else { return nil }
    self.init(start: bytes.ptr, count: Int(bytes.len))
  }

  /// As much as anybody reads of a log line, and a little more, so that what is longer is seen to be.
  init(beginningOf bytes: jf_bytes) {
    let count = bytes.ptr == nil ? 0 : Int(Swift.min(bytes.len, UInt64(InstanceLog.longest) + 1))
    self.init(start: bytes.ptr, count: count)
  }
}
