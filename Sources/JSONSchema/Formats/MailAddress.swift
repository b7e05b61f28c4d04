/// RFC 5321 §4.1.2 `Mailbox`, and RFC 6531 where Unicode is allowed.
enum MailAddress {
  static func isAddress(_ text: UnsafeBufferPointer<UInt8>, allowsUnicode: Bool) -> Bool {
    var scanner = ByteScanner(text)
    let isLocalPart =
      scanner.next == UInt8(ascii: "\"")
      ? readQuotedString(&scanner, allowsUnicode) : readDotString(&scanner, allowsUnicode)
    guard isLocalPart, scanner.at <= 64, scanner.accept("@") else { return false }
    return isDomain(scanner.rest, allowsUnicode)
  }

  private static func readDotString(_ scanner: inout ByteScanner, _ allowsUnicode: Bool) -> Bool {
    repeat {
      let atom = scanner.skip {
        $0.isLetter || $0.isDigit || $0.isOne(of: "!#$%&'*+-/=?^_`{|}~") || (allowsUnicode && $0 >= 0x80)
      }
      if atom == 0 { return false }
    } while scanner.accept(".")
    return true
  }

  private static func readQuotedString(_ scanner: inout ByteScanner, _ allowsUnicode: Bool) -> Bool {
    scanner.skip()
    while let byte = scanner.next {
      scanner.skip()
      switch byte {
      case UInt8(ascii: "\""): return true
      case UInt8(ascii: "\\"):
        guard let escaped = scanner.next, (0x20...0x7E).contains(escaped) else { return false }
        scanner.skip()
      case 0x20...0x7E: break
      default: guard allowsUnicode, byte >= 0x80 else { return false }
      }
    }
    return false
  }

  private static func isDomain(_ domain: UnsafeBufferPointer<UInt8>, _ allowsUnicode: Bool) -> Bool {
    if domain.first == UInt8(ascii: "["), domain.last == UInt8(ascii: "]"), domain.count > 2 {
      let literal = UnsafeBufferPointer(rebasing: domain[1..<domain.count - 1])
      guard literal.starts(with: "IPv6:".utf8) else { return IPAddress.isV4(literal) }
      return IPAddress.isV6(UnsafeBufferPointer(rebasing: literal[5...]))
    }
    guard allowsUnicode else { return HostName.isHostName(domain) }
    // A name in the form its user types it: what IDNA makes of it is not the address's business.
    let labels = domain.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return domain.count <= 253 * 4
      && labels.allSatisfy { label in
        !label.isEmpty && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
          && label.allSatisfy { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "-") || $0 >= 0x80 }
      }
  }
}
