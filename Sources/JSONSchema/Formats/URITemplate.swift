/// RFC 6570.
enum URITemplate {
  static func isValid(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var scanner = ByteScanner(text)
    while let byte = scanner.next {
      if scanner.accept("{") {
        guard readExpression(&scanner) else { return false }
      } else if byte == UInt8(ascii: "%") {
        guard readEscape(&scanner) else { return false }
      } else {
        guard byte > 0x20, byte != 0x7F, !byte.isOne(of: "\"<>\\^`{|}") else { return false }
        scanner.skip()
      }
    }
    return true
  }

  private static func readExpression(_ scanner: inout ByteScanner) -> Bool {
    if let operation = scanner.next, operation.isOne(of: "+#./;?&=,!@|") { scanner.skip() }
    repeat {
      guard readVariable(&scanner) else { return false }
    } while scanner.accept(",")
    return scanner.accept("}")
  }

  private static func readVariable(_ scanner: inout ByteScanner) -> Bool {
    repeat {
      guard readName(&scanner) else { return false }
    } while scanner.accept(".")
    if scanner.accept("*") { return true }
    guard scanner.accept(":") else { return true }
    guard let first = scanner.next, first != UInt8(ascii: "0") else { return false }
    return (1...4).contains(scanner.skip { $0.isDigit })
  }

  private static func readName(_ scanner: inout ByteScanner) -> Bool {
    let start = scanner.at
    while let byte = scanner.next {
      if byte == UInt8(ascii: "%") {
        guard readEscape(&scanner) else { return false }
      } else if byte.isLetter || byte.isDigit || byte == UInt8(ascii: "_") {
        scanner.skip()
      } else {
        break
      }
    }
    return scanner.at > start
  }

  private static func readEscape(_ scanner: inout ByteScanner) -> Bool {
    scanner.skip()
    for _ in 0..<2 {
      guard let digit = scanner.next, digit.isHexDigit else { return false }
      scanner.skip()
    }
    return true
  }
}
