/// Where a parser is in its text. Everything common is inlined into the parser's loop, so that the position stays in
/// a register; what is rare takes the position and returns the new one.
struct TextCursor {
  let text: UnsafePointer<UInt8>
  let end: Int
  var at = 0

  init(_ text: UnsafeBufferPointer<UInt8>) {
    // An empty buffer may have no address, but `end` is then 0 and nothing is read through the pointer.
    self.text = text.baseAddress ?? UnsafePointer(bitPattern: 1).unsafelyUnwrapped
    end = text.count
  }

  @inline(__always)
  var isAtEnd: Bool { at >= end }
  /// Only where the end has been ruled out.
  @inline(__always)
  var byte: UInt8 { text[at] }

  @inline(never)
  func failure(_ code: JSONError.Code, at offset: Int) -> JSONError {
    JSONError(code, at: offset, in: UnsafeBufferPointer(start: text, count: end))
  }

  /// For a byte that cannot be here: it is either the wrong one or missing.
  @inline(never)
  func unexpected() -> JSONError { failure(at < end ? .unexpectedCharacter : .unexpectedEnd, at: at) }

  @inline(__always)
  mutating func skipWhitespace() {
    while at < end {
      let byte = text[at]
      // Almost every byte met here is above the space: one comparison for the common case.
      guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      at &+= 1
    }
  }

  @inline(__always)
  mutating func readLiteral(_ literal: StaticString, word: UInt32) throws(JSONError) -> JSONNode {
    let start = at
    for offset in 0..<literal.utf8CodeUnitCount {
      guard at < end, text[at] == literal.utf8Start[offset] else { throw unexpected() }
      at &+= 1
    }
    return node(word, from: start, extra: 0)
  }

  /// The node of what was read since `start`.
  @inline(__always)
  func node(_ word: UInt32, from start: Int, extra: UInt32) -> JSONNode {
    JSONNode(
      word: word, start: UInt32(truncatingIfNeeded: start), length: UInt32(truncatingIfNeeded: at &- start),
      extra: extra)
  }
}
