/// Reads a text from the front, for grammars that never look back.
struct ByteScanner {
  private let text: UnsafeBufferPointer<UInt8>
  private(set) var at = 0

  init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

  var isAtEnd: Bool { at == text.count }
  var next: UInt8? { at < text.count ? text[at] : nil }
  var rest: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: text[at...]) }

  mutating func skip() { at += 1 }

  mutating func accept(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  /// Exactly `count` decimal digits.
  mutating func number(digits count: Int) -> Int? {
    var value = 0
    for _ in 0..<count {
      guard let digit = next, digit.isDigit else { return nil }
      value = value * 10 + Int(digit - UInt8(ascii: "0"))
      at += 1
    }
    return value
  }

  /// - Returns: how many bytes were skipped.
  mutating func skip(while isIncluded: (UInt8) -> Bool) -> Int {
    let start = at
    while let byte = next, isIncluded(byte) { at += 1 }
    return at - start
  }

  /// The bytes before the first one that is in `stops`, which is left to be read.
  mutating func take(until isStop: (UInt8) -> Bool) -> UnsafeBufferPointer<UInt8> {
    let start = at
    _ = skip { !isStop($0) }
    return UnsafeBufferPointer(rebasing: text[start..<at])
  }
}

extension UInt8 {
  var isDigit: Bool { self &- UInt8(ascii: "0") <= 9 }
  var isLetter: Bool { (self | 0x20) &- UInt8(ascii: "a") < 26 }
  var isHexDigit: Bool { hexValue(self) != nil }

  /// - Parameter characters: ASCII.
  func isOne(of characters: StaticString) -> Bool {
    for offset in 0..<characters.utf8CodeUnitCount where characters.utf8Start[offset] == self { return true }
    return false
  }
}
