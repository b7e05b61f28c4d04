/// The shortest decimal text that reads back as the same double, laid out as ECMAScript's `Number::toString` does,
/// which is what RFC 8785 asks for.
enum ShortestDouble {
  /// - Parameter value: finite.
  static func text(of value: Double) -> String {
    // Whole numbers below 2^53 are their own digits; -0 prints as 0.
    if value.magnitude < 9_007_199_254_740_992, value == value.rounded(.towardZero) {
      return String(Int64(value))
    }
    let (digits, point) = digits(of: value.magnitude)
    let sign = value < 0 ? "-" : ""
    let count = digits.utf8.count
    switch point {
    case count...21 where point >= count:
      return sign + digits + String(repeating: "0", count: point - count)
    case 1...21:
      return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    case -5...0:
      return sign + "0." + String(repeating: "0", count: -point) + digits
    default:
      let fraction = count > 1 ? "." + digits.dropFirst() : ""
      return sign + digits.prefix(1) + fraction + (point > 0 ? "e+" : "e-") + String((point - 1).magnitude)
    }
  }

  /// Digits without zeros at either end, and where the decimal point stands, counted from before the first.
  private static func digits(of value: Double) -> (digits: String, point: Int) {
    var digits: [UInt8] = []
    var point: Int?
    var exponent = 0
    let text = Array(value.description.utf8)
    for (position, byte) in text.enumerated() {
      if byte == UInt8(ascii: "e") {
        exponent = Int(String(decoding: text[(position + 1)...], as: UTF8.self)) ?? 0
        break
      }
      if byte == UInt8(ascii: ".") { point = digits.count } else { digits.append(byte) }
    }
    let leadingZeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
    let place = (point ?? digits.count) - leadingZeros + exponent
    digits.removeFirst(leadingZeros)
    while digits.last == UInt8(ascii: "0") { digits.removeLast() }
    return (String(decoding: digits, as: UTF8.self), place)
  }
}
