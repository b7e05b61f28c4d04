/// RFC 3986 for URIs, RFC 3987 for IRIs.
struct ResourceIdentifier {
  private let isInternational: Bool

  static func isValid(_ text: UnsafeBufferPointer<UInt8>, isInternational: Bool, isAbsolute: Bool) -> Bool {
    ResourceIdentifier(isInternational: isInternational).accepts(text, isAbsolute: isAbsolute)
  }

  private func accepts(_ text: UnsafeBufferPointer<UInt8>, isAbsolute: Bool) -> Bool {
    var scanner = ByteScanner(text)
    let hasScheme = readScheme(&scanner)
    guard hasScheme || !isAbsolute else { return false }
    guard readHierarchy(&scanner, hasScheme: hasScheme) else { return false }
    if scanner.accept("?") {
      guard isRun(scanner.take { $0 == UInt8(ascii: "#") }, of: "/?:@", allowsPrivate: true) else {
        return false
      }
    }
    if scanner.accept("#") { return isRun(scanner.rest, of: "/?:@") }
    return scanner.isAtEnd
  }

  /// Leaves the scanner at the start when there is none.
  private func readScheme(_ scanner: inout ByteScanner) -> Bool {
    guard let first = scanner.next, first.isLetter else { return false }
    var ahead = scanner
    _ = ahead.skip { $0.isLetter || $0.isDigit || $0.isOne(of: "+-.") }
    guard ahead.accept(":") else { return false }
    scanner = ahead
    return true
  }

  private func readHierarchy(_ scanner: inout ByteScanner, hasScheme: Bool) -> Bool {
    if scanner.rest.starts(with: "//".utf8) {
      scanner.skip()
      scanner.skip()
      guard isAuthority(scanner.take { $0.isOne(of: "/?#") }) else { return false }
    }
    let path = scanner.take { $0.isOne(of: "?#") }
    guard isRun(path, of: "/:@") else { return false }
    // Without a scheme, a colon in the first segment would make one.
    let segment = path.prefix { $0 != UInt8(ascii: "/") }
    return hasScheme || !segment.contains(UInt8(ascii: ":"))
  }

  private func isAuthority(_ authority: UnsafeBufferPointer<UInt8>) -> Bool {
    var host = authority[...]
    if let at = authority.firstIndex(of: UInt8(ascii: "@")) {
      guard isRun(UnsafeBufferPointer(rebasing: authority[..<at]), of: ":") else { return false }
      host = authority[(at + 1)...]
    }
    if host.first == UInt8(ascii: "[") {
      guard let end = host.firstIndex(of: UInt8(ascii: "]")) else { return false }
      let literal = UnsafeBufferPointer(rebasing: authority[(host.startIndex + 1)..<end])
      guard IPAddress.isV6(literal) || isFutureAddress(literal) else { return false }
      host = host[(end + 1)...]
      return host.isEmpty || (host.first == UInt8(ascii: ":") && host.dropFirst().allSatisfy { $0.isDigit })
    }
    let name = host.prefix { $0 != UInt8(ascii: ":") }
    guard host.dropFirst(name.count + 1).allSatisfy({ $0.isDigit }) else { return false }
    return isRun(UnsafeBufferPointer(rebasing: name), of: "")
  }

  /// `IPvFuture`.
  private func isFutureAddress(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var scanner = ByteScanner(text)
    guard scanner.accept("v") || scanner.accept("V"), scanner.skip(while: { $0.isHexDigit }) > 0,
      scanner.accept("."),
      !scanner.isAtEnd
    else { return false }
    return scanner.rest.allSatisfy { isPlain($0) || $0 == UInt8(ascii: ":") }
  }

  /// Whether `text` has only unreserved characters, sub-delimiters, complete percent escapes and those in `others`.
  private func isRun(_ text: UnsafeBufferPointer<UInt8>, of others: StaticString, allowsPrivate: Bool = false)
    -> Bool
  {
    var position = 0
    while position < text.count {
      let byte = text[position]
      if byte == UInt8(ascii: "%") {
        guard position + 2 < text.count, text[position + 1].isHexDigit, text[position + 2].isHexDigit else {
          return false
        }
        position += 3
      } else if byte < 0x80 {
        guard isPlain(byte) || byte.isOne(of: others) else { return false }
        position += 1
      } else {
        guard isInternational, let (scalar, length) = text.scalar(at: position) else { return false }
        guard Self.isInternational(scalar) || (allowsPrivate && Self.isPrivate(scalar)) else { return false }
        position += length
      }
    }
    return true
  }

  private func isPlain(_ byte: UInt8) -> Bool {
    byte.isLetter || byte.isDigit || byte.isOne(of: "-._~!$&'()*+,;=")
  }

  /// `ucschar`.
  private static func isInternational(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0xA0...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFEF: true
    case 0x10000...0xEFFFD: scalar & 0xFFFF <= 0xFFFD && !(0xE0000...0xE0FFF).contains(scalar)
    default: false
    }
  }

  /// `iprivate`.
  private static func isPrivate(_ scalar: UInt32) -> Bool {
    (0xE000...0xF8FF).contains(scalar) || (scalar >= 0xF0000 && scalar & 0xFFFF <= 0xFFFD)
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// The code point that starts at `position` of valid UTF-8, and its length in bytes.
  func scalar(at position: Int) -> (scalar: UInt32, length: Int)? {
    let lead = self[position]
    let length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    guard position + length <= count else { return nil }
    var scalar = length == 1 ? UInt32(lead) : UInt32(lead) & (0x7F >> UInt32(length))
    for offset in 1..<Swift.max(length, 1) { scalar = scalar << 6 | UInt32(self[position + offset] & 0x3F) }
    return (scalar, length)
  }
}
