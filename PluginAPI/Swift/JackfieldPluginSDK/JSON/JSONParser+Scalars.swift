extension JSONParser {
  /// Reads from the opening quote to after the closing one.
  @inline(__always)
  mutating func readString() throws(JSONSyntaxError) {
    at += 1
    let start = at
    var hasEscapes = false
    while true {
      at += JSONText.plainBytes(text + at, count: end - at)
      let byte = text[at]
      if byte == UInt8(ascii: "\"") { break }
      if byte == UInt8(ascii: "\\") {
        hasEscapes = true
        try skipEscape()
      } else if byte >= 0x80 {
        let length = JSONText.characterLength(text + at)
        guard length > 0 else { throw failure("no UTF-8") }
        at += length
      } else if byte < 0x20 {
        throw at == end ? unexpected("") : failure("a control character in a string")
      } else {
        at += 1
      }
    }
    append(.string, from: start, isMarked: hasEscapes)
    at += 1
  }

  private mutating func skipEscape() throws(JSONSyntaxError) {
    switch text[at + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      at += 2
    case UInt8(ascii: "u"):
      guard let unit = JSONText.hexUnit(text + at + 2) else { throw failure("a broken \\u escape") }
      guard unit & 0xF800 == 0xD800 else { return at += 6 }
      // The first half of a pair must be followed by the second at once; anything else is no character.
      guard unit < 0xDC00, text[at + 6] == UInt8(ascii: "\\"), text[at + 7] == UInt8(ascii: "u"),
        let low = JSONText.hexUnit(text + at + 8), low & 0xFC00 == 0xDC00
      else { throw failure("half of a surrogate pair") }
      at += 12
    default: throw failure("an unknown escape")
    }
  }

  @inline(__always)
  mutating func readNumber() throws(JSONSyntaxError) {
    let start = at
    if text[at] == UInt8(ascii: "-") { at += 1 }
    let digits = at
    try skipDigits()
    guard text[digits] != UInt8(ascii: "0") || at == digits + 1 else {
      throw failure("a number that begins with 0")
    }
    var isInteger = true
    if text[at] == UInt8(ascii: ".") {
      isInteger = false
      at += 1
      try skipDigits()
    }
    if text[at] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      at += 1
      if text[at] == UInt8(ascii: "+") || text[at] == UInt8(ascii: "-") { at += 1 }
      try skipDigits()
    }
    append(.number, from: start, isMarked: !isInteger)
  }

  @inline(__always)
  private mutating func skipDigits() throws(JSONSyntaxError) {
    let start = at
    while text[at] &- UInt8(ascii: "0") <= 9 { at += 1 }
    guard at > start else { throw unexpected("a digit") }
  }
}
