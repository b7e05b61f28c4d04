extension TextCursor {
  /// Reads from the opening quote to after the closing one.
  @inline(__always)
  mutating func readString() throws(JSONError) -> JSONNode {
    at &+= 1
    let start = at
    var facts = UInt32(JSONKind.string.rawValue)
    while true {
      skipPlainBytes()
      guard at < end else { throw failure(.unexpectedEnd, at: at) }
      let byte = text[at]
      if byte == UInt8(ascii: "\"") { break }
      if byte >= 0x20, byte < 0x80, byte != UInt8(ascii: "\\") {
        at &+= 1
        continue
      }
      facts |= byte == UInt8(ascii: "\\") ? JSONNode.escaped : JSONNode.nonASCII
      at = try afterSpecial(at)
    }
    let read = node(facts, from: start, extra: 0)
    at &+= 1
    return read
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

  /// - Returns: the position after the escape or the non-ASCII characters at `position`.
  @inline(never)
  private func afterSpecial(_ position: Int) throws(JSONError) -> Int {
    let byte = text[position]
    if byte == UInt8(ascii: "\\") { return try afterEscape(position) }
    guard byte >= 0x80 else { throw failure(.controlCharacter, at: position) }
    var position = position
    repeat {
      let length = UTF8Sequence.length(text + position, available: end &- position)
      guard length > 0 else { throw failure(.invalidUTF8, at: position) }
      position &+= length
    } while position < end && text[position] >= 0x80
    return position
  }

  private func afterEscape(_ position: Int) throws(JSONError) -> Int {
    guard position &+ 1 < end else { throw failure(.unexpectedEnd, at: end) }
    switch text[position &+ 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return position &+ 2
    case UInt8(ascii: "u"):
      let unit = try hexUnit(of: position)
      if unit & 0xF800 != 0xD800 { return position &+ 6 }
      // A high half must be followed by an escaped low half at once; anything else is no character.
      let next = position &+ 6
      guard unit < 0xDC00, next &+ 1 < end, text[next] == UInt8(ascii: "\\"),
        text[next &+ 1] == UInt8(ascii: "u"),
        try hexUnit(of: next) & 0xFC00 == 0xDC00
      else { throw failure(.loneSurrogate, at: position) }
      return next &+ 6
    default:
      throw failure(.invalidEscape, at: position)
    }
  }

  /// The unit that `\uXXXX` at `position` stands for.
  private func hexUnit(of position: Int) throws(JSONError) -> UInt32 {
    var unit: UInt32 = 0
    for offset in 2..<6 {
      guard position &+ offset < end else { throw failure(.unexpectedEnd, at: end) }
      guard let digit = hexDigit(text[position &+ offset]) else {
        throw failure(.invalidEscape, at: position)
      }
      unit = unit << 4 | digit
    }
    return unit
  }
}
