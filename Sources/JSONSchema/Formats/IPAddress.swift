enum IPAddress {
  /// RFC 2673 §3.2: four decimal numbers without leading zeros.
  static func isV4(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var scanner = ByteScanner(text)
    for part in 0..<4 {
      if part > 0, !scanner.accept(".") { return false }
      let digits = scanner.take { !$0.isDigit }
      guard (1...3).contains(digits.count), digits.count == 1 || digits[0] != UInt8(ascii: "0") else {
        return false
      }
      guard digits.reduce(0, { $0 * 10 + Int($1 - UInt8(ascii: "0")) }) <= 255 else { return false }
    }
    return scanner.isAtEnd
  }

  /// RFC 4291 §2.2, without a zone.
  static func isV6(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var scanner = ByteScanner(text)
    var groups = 0
    var hasGap = false
    if scanner.accept(":") {
      guard scanner.accept(":") else { return false }
      hasGap = true
    }
    while !scanner.isAtEnd {
      let rest = scanner.rest
      let group = scanner.take { !$0.isHexDigit }
      if scanner.next == UInt8(ascii: ".") {
        groups += 2
        return isV4(rest) && (hasGap ? groups <= 7 : groups == 8)
      }
      guard (1...4).contains(group.count) else { return false }
      groups += 1
      if scanner.isAtEnd { break }
      guard scanner.accept(":"), !scanner.isAtEnd else { return false }
      if scanner.accept(":") {
        if hasGap { return false }
        hasGap = true
      }
    }
    return hasGap ? groups <= 7 : groups == 8
  }
}
