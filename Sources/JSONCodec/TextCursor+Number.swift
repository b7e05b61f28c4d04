extension TextCursor {
  /// Checks the grammar and leaves the digits where they are; integers of up to nine digits are also computed.
  @inline(__always)
  mutating func readNumber() throws(JSONError) -> JSONNode {
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
    if count == 0 { throw malformedNumber(at) }
    if count > 1, text[digits] == UInt8(ascii: "0") { throw failure(.invalidNumber, at: digits) }
    var word = UInt32(JSONKind.number.rawValue)
    if at < end, text[at] | 0x20 == UInt8(ascii: "e") || text[at] == UInt8(ascii: ".") {
      at = try afterFractionAndExponent(at)
      return node(word, from: start, extra: 0)
    }
    word |= JSONNode.integer
    guard count <= 9 else { return node(word, from: start, extra: 0) }
    let value = UInt32(bitPattern: isNegative ? 0 &- magnitude : magnitude)
    return node(word | JSONNode.mark, from: start, extra: value)
  }

  @inline(never)
  private func afterFractionAndExponent(_ position: Int) throws(JSONError) -> Int {
    var position = position
    if text[position] == UInt8(ascii: ".") { position = try afterDigits(position &+ 1) }
    guard position < end, text[position] | 0x20 == UInt8(ascii: "e") else { return position }
    position &+= 1
    if position < end, text[position] == UInt8(ascii: "+") || text[position] == UInt8(ascii: "-") {
      position &+= 1
    }
    return try afterDigits(position)
  }

  private func afterDigits(_ first: Int) throws(JSONError) -> Int {
    var position = first
    while position < end, decimalDigit(text[position]) != nil { position &+= 1 }
    if position == first { throw malformedNumber(position) }
    return position
  }

  @inline(never)
  private func malformedNumber(_ position: Int) -> JSONError {
    failure(position < end ? .invalidNumber : .unexpectedEnd, at: position)
  }
}

@inline(__always)
func decimalDigit(_ byte: UInt8) -> UInt8? {
  let digit = byte &- UInt8(ascii: "0")
  return digit <= 9 ? digit : nil
}
