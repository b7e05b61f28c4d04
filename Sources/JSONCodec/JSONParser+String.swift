extension JSONParser {
  /// Reads from after the opening quote to after the closing one.
  @inline(__always)
  mutating func parseString(isKey: Bool) throws(JSONError) {
    let start = at
    var facts = UInt32(JSONKind.string.rawValue)
    while true {
      skipPlainBytes()
      guard at < end else { throw failure(.unexpectedEnd, at: at) }
      let byte = text[at]
      if byte == UInt8(ascii: "\"") { break }
      if byte == UInt8(ascii: "\\") {
        facts |= JSONNode.escaped
        try skipEscape()
      } else if byte >= 0x80 {
        facts |= JSONNode.nonASCII
        try skipMultiByteCharacters()
      } else if byte < 0x20 {
        throw failure(.controlCharacter, at: at)
      } else {
        at &+= 1
      }
    }
    tape.append(
      JSONNode(
        word: facts, start: UInt32(truncatingIfNeeded: start),
        length: UInt32(truncatingIfNeeded: at &- start), extra: 0))
    at &+= 1
  }

  /// Stops at the first quote, backslash, control or non-ASCII byte, or where fewer than eight bytes are left.
  @inline(__always)
  private mutating func skipPlainBytes() {
    let raw = UnsafeRawPointer(text)
    while at &+ 8 <= end {
      let special = SpecialBytes.inString(raw.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      if special != 0 {
        at &+= special.trailingZeroBitCount >> 3
        return
      }
      at &+= 8
    }
  }

  private mutating func skipEscape() throws(JSONError) {
    let start = at
    guard at &+ 1 < end else { throw failure(.unexpectedEnd, at: end) }
    switch text[at &+ 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      at &+= 2
    case UInt8(ascii: "u"):
      let unit = try readHexUnit()
      if unit & 0xF800 != 0xD800 { return }
      // A high half must be followed by an escaped low half at once; anything else is no character.
      guard unit < 0xDC00, at &+ 1 < end, text[at] == UInt8(ascii: "\\"), text[at &+ 1] == UInt8(ascii: "u")
      else {
        throw failure(.loneSurrogate, at: start)
      }
      guard try readHexUnit() & 0xFC00 == 0xDC00 else { throw failure(.loneSurrogate, at: start) }
    default:
      throw failure(.invalidEscape, at: start)
    }
  }

  /// Reads `\uXXXX`.
  private mutating func readHexUnit() throws(JSONError) -> UInt32 {
    var unit: UInt32 = 0
    for offset in 2..<6 {
      guard at &+ offset < end else { throw failure(.unexpectedEnd, at: end) }
      guard let digit = hexDigit(text[at &+ offset]) else { throw failure(.invalidEscape, at: at) }
      unit = unit << 4 | digit
    }
    at &+= 6
    return unit
  }

  private mutating func skipMultiByteCharacters() throws(JSONError) {
    repeat {
      let length = UTF8Sequence.length(text + at, available: end &- at)
      guard length > 0 else { throw failure(.invalidUTF8, at: at) }
      at &+= length
    } while at < end && text[at] >= 0x80
  }
}

/// Finds bytes that need a closer look, eight at a time.
enum SpecialBytes {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080

  /// The lowest set bit marks the first quote, backslash, control or non-ASCII byte; bits above it may be wrong,
  /// because a subtraction borrows from the next byte.
  @inline(__always)
  static func inString(_ word: UInt64) -> UInt64 {
    let quote = word ^ (ones &* 0x22)
    let backslash = word ^ (ones &* 0x5C)
    let found =
      ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- ones &* 0x20) & ~word)
      | word
    return found & highs
  }
}

@inline(__always)
func hexDigit(_ byte: UInt8) -> UInt32? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte &- UInt8(ascii: "0"))
  case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte &- UInt8(ascii: "a") &+ 10)
  case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte &- UInt8(ascii: "A") &+ 10)
  default: nil
  }
}

/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
enum UTF8Sequence {
  /// - Returns: the length in bytes of the multi-byte character at `bytes`, 0 when it is not one.
  @inline(__always)
  static func length(_ bytes: UnsafePointer<UInt8>, available: Int) -> Int {
    let lead = bytes[0]
    guard available >= 2 else { return 0 }
    let second = bytes[1]
    if lead < 0xE0 { return lead >= 0xC2 && isContinuation(second) ? 2 : 0 }
    guard available >= 3, isContinuation(second), isContinuation(bytes[2]) else { return 0 }
    if lead < 0xF0 {
      if lead == 0xE0 && second < 0xA0 || lead == 0xED && second > 0x9F { return 0 }
      return 3
    }
    guard available >= 4, isContinuation(bytes[3]), lead <= 0xF4 else { return 0 }
    if lead == 0xF0 && second < 0x90 || lead == 0xF4 && second > 0x8F { return 0 }
    return 4
  }

  @inline(__always)
  private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
}
