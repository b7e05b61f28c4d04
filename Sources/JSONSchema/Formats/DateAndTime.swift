/// RFC 3339.
enum DateAndTime {
  static func isDateTime(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var scanner = ByteScanner(text)
    guard readDate(&scanner), scanner.accept("T") || scanner.accept("t") else { return false }
    return readTime(&scanner) && scanner.isAtEnd
  }

  static func isDate(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var scanner = ByteScanner(text)
    return readDate(&scanner) && scanner.isAtEnd
  }

  static func isTime(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var scanner = ByteScanner(text)
    return readTime(&scanner) && scanner.isAtEnd
  }

  private static func readDate(_ scanner: inout ByteScanner) -> Bool {
    guard let year = scanner.number(digits: 4), scanner.accept("-"),
      let month = scanner.number(digits: 2), (1...12).contains(month), scanner.accept("-"),
      let day = scanner.number(digits: 2)
    else { return false }
    return day >= 1 && day <= days(in: month, of: year)
  }

  private static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private static func readTime(_ scanner: inout ByteScanner) -> Bool {
    guard let hour = scanner.number(digits: 2), hour <= 23, scanner.accept(":"),
      let minute = scanner.number(digits: 2), minute <= 59, scanner.accept(":"),
      let second = scanner.number(digits: 2), second <= 60
    else { return false }
    if scanner.accept("."), scanner.skip(while: { $0.isDigit }) == 0 { return false }
    guard let offset = readOffset(&scanner) else { return false }
    // A leap second is the last one of a day in UTC.
    return second < 60 || (hour * 60 + minute - offset + 2880) % 1440 == 23 * 60 + 59
  }

  /// - Returns: minutes ahead of UTC.
  private static func readOffset(_ scanner: inout ByteScanner) -> Int? {
    if scanner.accept("Z") || scanner.accept("z") { return 0 }
    let isBehind = scanner.accept("-")
    guard isBehind || scanner.accept("+"), let hours = scanner.number(digits: 2), hours <= 23,
      scanner.accept(":"),
      let minutes = scanner.number(digits: 2), minutes <= 59
    else { return nil }
    return (isBehind ? -1 : 1) * (hours * 60 + minutes)
  }

  /// RFC 3339 appendix A: units in order, and none left out between two others.
  static func isDuration(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var scanner = ByteScanner(text)
    guard scanner.accept("P") else { return false }
    let units = readUnits(&scanner)
    if units == [UInt8(ascii: "W")] { return scanner.isAtEnd }
    guard isRun(units, of: "YMD") else { return false }
    guard scanner.accept("T") else { return !units.isEmpty && scanner.isAtEnd }
    let times = readUnits(&scanner)
    return !times.isEmpty && isRun(times, of: "HMS") && scanner.isAtEnd
  }

  private static func readUnits(_ scanner: inout ByteScanner) -> [UInt8] {
    var units: [UInt8] = []
    while scanner.skip(while: { $0.isDigit }) > 0, let unit = scanner.next {
      units.append(unit)
      scanner.skip()
    }
    return units
  }

  private static func isRun(_ units: [UInt8], of order: String) -> Bool {
    guard let first = units.first else { return true }
    return order.utf8.drop { $0 != first }.starts(with: units)
  }
}
