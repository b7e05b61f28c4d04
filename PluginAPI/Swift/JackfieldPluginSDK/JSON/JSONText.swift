/// What reading and writing know about bytes in strings.
enum JSONText {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080

  /// How many bytes from `bytes` on are plain, rounded down to what was looked at eight at a time: neither quote nor
  /// backslash nor control nor beyond ASCII.
  @inline(__always)
  static func plainBytes(_ bytes: UnsafePointer<UInt8>, count: Int) -> Int {
    let raw = UnsafeRawPointer(bytes)
    var at = 0
    while at + 8 <= count {
      let word = raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      let quote = word ^ (ones &* 0x22)
      let backslash = word ^ (ones &* 0x5C)
      // The lowest bit set is right; a subtraction that borrows may set wrong ones above it.
      let special =
        (((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- ones &* 0x20) & ~word)
          | word) & highs
      if special != 0 { return at + special.trailingZeroBitCount >> 3 }
      at += 8
    }
    return at
  }

  /// The length of the character of several bytes at `bytes`; 0 when it is none. RFC 3629: no overlong forms, no
  /// surrogates, nothing above U+10FFFF. Reads no further than the first byte that does not continue it.
  static func characterLength(_ bytes: UnsafePointer<UInt8>) -> Int {
    let lead = bytes[0]
    guard lead >= 0xC2, lead <= 0xF4, isContinuation(bytes[1]) else { return 0 }
    if lead < 0xE0 { return 2 }
    guard isContinuation(bytes[2]) else { return 0 }
    if lead < 0xF0 {
      return lead == 0xE0 && bytes[1] < 0xA0 || lead == 0xED && bytes[1] > 0x9F ? 0 : 3
    }
    guard isContinuation(bytes[3]) else { return 0 }
    return lead == 0xF0 && bytes[1] < 0x90 || lead == 0xF4 && bytes[1] > 0x8F ? 0 : 4
  }

  private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

  /// The value of four hexadecimal digits. Reads no further than the first byte that is none.
  static func hexUnit(_ bytes: UnsafePointer<UInt8>) -> UInt32? {
    var unit: UInt32 = 0
    for offset in 0..<4 {
      let byte = bytes[offset]
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
      default: return nil
      }
    }
    return unit
  }
}
