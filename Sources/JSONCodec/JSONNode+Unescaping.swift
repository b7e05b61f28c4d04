extension JSONNode {
  /// The value of the string or key this node stands for, inside the text it was parsed from.
  func unescaped(in text: UnsafePointer<UInt8>) -> String {
    let raw = UnsafeBufferPointer(start: text + Int(start), count: Int(length))
    // Already checked by the parser, but `decoding` is the fast way in and repairs nothing of what was checked.
    guard hasEscapes else { return String(decoding: raw, as: UTF8.self) }
    return String(unsafeUninitializedCapacity: raw.count) { Unescaping.write(raw, to: $0) }
  }
}

enum Unescaping {
  /// Escapes only ever shrink: `\u00e9` is six bytes for two, a surrogate pair twelve for four.
  /// - Returns: bytes written; `output` has room for as many as `raw` has.
  static func write(_ raw: UnsafeBufferPointer<UInt8>, to output: UnsafeMutableBufferPointer<UInt8>) -> Int {
    var read = 0
    var written = 0
    while read < raw.count {
      let byte = raw[read]
      guard byte == UInt8(ascii: "\\") else {
        output[written] = byte
        read += 1
        written += 1
        continue
      }
      if raw[read + 1] == UInt8(ascii: "u") {
        let scalar = scalar(in: raw, at: &read)
        for unit in UTF8.encode(scalar).unsafelyUnwrapped {  // every Unicode.Scalar has a UTF-8 form
          output[written] = unit
          written += 1
        }
      } else {
        output[written] = simpleEscape(raw[read + 1])
        read += 2
        written += 1
      }
    }
    return written
  }

  /// Reads `\uXXXX` or a pair of them; the parser has seen to it that the pair is one.
  private static func scalar(in raw: UnsafeBufferPointer<UInt8>, at read: inout Int) -> Unicode.Scalar {
    let first = hexUnit(in: raw, at: read + 2)
    read += 6
    guard first & 0xF800 == 0xD800 else { return Unicode.Scalar(first) ?? "\u{FFFD}" }
    let second = hexUnit(in: raw, at: read + 2)
    read += 6
    return Unicode.Scalar(0x10000 + (first & 0x3FF) << 10 + (second & 0x3FF)) ?? "\u{FFFD}"
  }

  private static func hexUnit(in raw: UnsafeBufferPointer<UInt8>, at start: Int) -> UInt32 {
    var unit: UInt32 = 0
    for offset in start..<start + 4 { unit = unit << 4 | (hexDigit(raw[offset]) ?? 0) }
    return unit
  }

  private static func simpleEscape(_ letter: UInt8) -> UInt8 {
    switch letter {
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: letter
    }
  }
}
