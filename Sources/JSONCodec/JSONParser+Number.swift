extension JSONParser {
  /// Checks the grammar and leaves the digits where they are; integers of up to nine digits are also computed.
  @inline(__always)
  mutating func parseNumber() throws(JSONError) {
    let start = at
    let isNegative = text[at] == UInt8(ascii: "-")
    if isNegative { at &+= 1 }
    let digits = at
    var magnitude: Int32 = 0
    while at < end, let digit = decimalDigit(text[at]) {
      magnitude = magnitude &* 10 &+ Int32(digit)
      at &+= 1
    }
    let count = at &- digits
    if count == 0 { throw malformedNumber() }
    if count > 1, text[digits] == UInt8(ascii: "0") { throw failure(.invalidNumber, at: digits) }
    var word = UInt32(JSONKind.number.rawValue)
    var value: UInt32 = 0
    if at < end, text[at] | 0x20 == UInt8(ascii: "e") || text[at] == UInt8(ascii: ".") {
      try skipFractionAndExponent()
    } else {
      word |= JSONNode.integer
      if count <= 9 {
        word |= JSONNode.mark
        value = UInt32(bitPattern: isNegative ? 0 &- magnitude : magnitude)
      }
    }
    tape.append(
      JSONNode(
        word: word, start: UInt32(truncatingIfNeeded: start), length: UInt32(truncatingIfNeeded: at &- start),
        extra: value))
  }

  private mutating func skipFractionAndExponent() throws(JSONError) {
    if text[at] == UInt8(ascii: ".") {
      at &+= 1
      try skipDigits()
    }
    guard at < end, text[at] | 0x20 == UInt8(ascii: "e") else { return }
    at &+= 1
    if at < end, text[at] == UInt8(ascii: "+") || text[at] == UInt8(ascii: "-") { at &+= 1 }
    try skipDigits()
  }

  private mutating func skipDigits() throws(JSONError) {
    let first = at
    while at < end, decimalDigit(text[at]) != nil { at &+= 1 }
    if at == first { throw malformedNumber() }
  }

  private func malformedNumber() -> JSONError {
    failure(at < end ? .invalidNumber : .unexpectedEnd, at: at)
  }
}

@inline(__always)
func decimalDigit(_ byte: UInt8) -> UInt8? {
  let digit = byte &- UInt8(ascii: "0")
  return digit <= 9 ? digit : nil
}
