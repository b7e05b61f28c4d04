/// Writes string contents between quotes.
enum JSONEscaping {
  /// - Parameter escapesLineSeparators: U+2028 and U+2029 end a line in JavaScript and in event streams, so text
  ///   leaves with them escaped; RFC 8785 forbids that in the canonical form.
  static func append(
    _ text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8], escapesLineSeparators: Bool
  ) {
    bytes.append(UInt8(ascii: "\""))
    var plain = 0
    var position = 0
    while true {
      position = nextSpecial(in: text, from: position, orLineSeparators: escapesLineSeparators)
      if position > plain { bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[plain..<position])) }
      guard position < text.count else { break }
      position += appendEscape(at: position, of: text, to: &bytes)
      plain = position
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Position of the next byte that cannot be copied as it is.
  private static func nextSpecial(
    in text: UnsafeBufferPointer<UInt8>, from start: Int, orLineSeparators: Bool
  ) -> Int {
    var position = start
    while position < text.count {
      position = skipPlain(in: text, from: position)
      guard position < text.count else { break }
      let byte = text[position]
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return position }
      if byte == 0xE2, orLineSeparators, isLineSeparator(at: position, of: text) { return position }
      position += 1
    }
    return position
  }

  private static func skipPlain(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    guard let base = UnsafeRawPointer(text.baseAddress) else { return start }
    var position = start
    while position + 8 <= text.count {
      let special = SpecialBytes.inString(base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      if special != 0 { return position + special.trailingZeroBitCount >> 3 }
      position += 8
    }
    return position
  }

  private static func isLineSeparator(at position: Int, of text: UnsafeBufferPointer<UInt8>) -> Bool {
    position + 2 < text.count && text[position + 1] == 0x80 && text[position + 2] & 0xFE == 0xA8
  }

  /// - Returns: how many bytes of `text` the escape stands for.
  private static func appendEscape(
    at position: Int, of text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]
  ) -> Int {
    bytes.append(UInt8(ascii: "\\"))
    switch text[position] {
    case UInt8(ascii: "\""): bytes.append(UInt8(ascii: "\""))
    case UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\"))
    case 0x08: bytes.append(UInt8(ascii: "b"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0C: bytes.append(UInt8(ascii: "f"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    case 0xE2:
      bytes.append(contentsOf: "u202".utf8)
      bytes.append(text[position + 2] == 0xA8 ? UInt8(ascii: "8") : UInt8(ascii: "9"))
      return 3
    case let control:
      bytes.append(contentsOf: "u00".utf8)
      bytes.append(UInt8(ascii: "0") + control >> 4)
      bytes.append(lowercaseHex(control & 0xF))
    }
    return 1
  }

  private static func lowercaseHex(_ digit: UInt8) -> UInt8 {
    digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
  }
}
