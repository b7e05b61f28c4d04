/// The value of a JSON number's text, taken apart where it stands: exact, however long it is, and without
/// allocating. Valid as long as the text is.
package struct DecimalText {
  package let isNegative: Bool
  private let text: UnsafeBufferPointer<UInt8>
  /// Positions of the first and of the last digit that is not zero; the decimal point may lie between them.
  private let first: Int
  private let last: Int
  private let hasPointInside: Bool
  /// Power of ten of the last digit. Beyond ±10^15 it stays there: such numbers compare as equally large.
  package let exponent: Int
  /// Digits from the first to the last that is not zero.
  package let digitCount: Int

  private static let largestExponent = 1_000_000_000_000_000

  /// - Parameter text: has the grammar of a JSON number.
  package init(_ text: UnsafeBufferPointer<UInt8>) {
    self.text = text
    isNegative = text.first == UInt8(ascii: "-")
    var point: Int?
    var first: Int?
    var last = 0
    var position = isNegative ? 1 : 0
    while position < text.count, let byte = Optional(text[position]), byte | 0x20 != UInt8(ascii: "e") {
      if byte == UInt8(ascii: ".") {
        point = position
      } else if byte != UInt8(ascii: "0") {
        if first == nil { first = position }
        last = position
      }
      position += 1
    }
    let unit = point.map { $0 - 1 } ?? position - 1
    let written = position < text.count ? Self.exponent(in: text, from: position + 1) : 0
    let isPointInside = point.map { (first ?? 0) < $0 && $0 < last } ?? false
    self.first = first ?? 0
    self.last = last
    hasPointInside = isPointInside
    digitCount = first.map { last - $0 + (isPointInside ? 0 : 1) } ?? 0
    // Digits after the point stand one further right than their power of ten.
    exponent = first == nil ? 0 : written + unit - last + (last > unit ? 1 : 0)
  }

  private static func exponent(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var position = start
    let sign = text[position]
    if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
    var value = 0
    while position < text.count {
      value = min(value * 10 + Int(text[position] &- UInt8(ascii: "0")), largestExponent)
      position += 1
    }
    return sign == UInt8(ascii: "-") ? -value : value
  }

  package var isZero: Bool { digitCount == 0 }
  /// A whole number, however it is written.
  package var isInteger: Bool { exponent >= 0 }

  /// Digits from the most significant one.
  private func forEachDigit(_ body: (UInt8) -> Void) {
    var position = first
    var remaining = digitCount
    while remaining > 0 {
      if text[position] != UInt8(ascii: ".") {
        body(text[position] &- UInt8(ascii: "0"))
        remaining -= 1
      }
      position += 1
    }
  }

  /// The digits as a number, sign and power of ten aside; `nil` where 64 bits are too few.
  package var significand: UInt64? {
    guard digitCount <= 20 else { return nil }
    var value: UInt64 = 0
    var overflows = false
    forEachDigit {
      let (product, first) = value.multipliedReportingOverflow(by: 10)
      let (sum, second) = product.addingReportingOverflow(UInt64($0))
      value = sum
      overflows = overflows || first || second
    }
    return overflows ? nil : value
  }

  package var int64: Int64? {
    guard exponent >= 0, digitCount + exponent <= 19, let significand else { return nil }
    var magnitude = significand
    for _ in 0..<exponent { magnitude &*= 10 }
    if isNegative { return magnitude <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil }
    return Int64(exactly: magnitude)
  }

  /// The nearest double; `nil` when that is infinite.
  package var double: Double? {
    if let exact = exactDouble { return exact }
    // The standard library reads only from strings; the numbers that get here have over 15 digits or a far exponent.
    guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else { return nil }
    return value
  }

  /// Both the digits and the power of ten are doubles without rounding, so one operation rounds once.
  private var exactDouble: Double? {
    guard digitCount <= 16, exponent >= -22, exponent <= 22, let significand, significand <= 1 << 53 else {
      return nil
    }
    let digits = Double(significand)
    let scaled = exponent < 0 ? digits / Self.powersOfTen[-exponent] : digits * Self.powersOfTen[exponent]
    return isNegative ? -scaled : scaled
  }

  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19,
    1e20, 1e21, 1e22,
  ]

  /// Negative, zero or positive as this number is below, equal to or above the other.
  package func compared(to other: DecimalText) -> Int {
    if isZero || other.isZero {
      if isZero && other.isZero { return 0 }
      return isZero ? (other.isNegative ? 1 : -1) : (isNegative ? -1 : 1)
    }
    if isNegative != other.isNegative { return isNegative ? -1 : 1 }
    return isNegative ? -comparedMagnitude(to: other) : comparedMagnitude(to: other)
  }

  private func comparedMagnitude(to other: DecimalText) -> Int {
    let (place, otherPlace) = (exponent + digitCount, other.exponent + other.digitCount)
    if place != otherPlace { return place < otherPlace ? -1 : 1 }
    var (here, there) = (first, other.first)
    for _ in 0..<min(digitCount, other.digitCount) {
      if text[here] == UInt8(ascii: ".") { here += 1 }
      if other.text[there] == UInt8(ascii: ".") { there += 1 }
      if text[here] != other.text[there] { return text[here] < other.text[there] ? -1 : 1 }
      here += 1
      there += 1
    }
    // Neither ends in zeros, so the longer one is the larger.
    return digitCount == other.digitCount ? 0 : digitCount < other.digitCount ? -1 : 1
  }

  /// Equal numbers hash alike, however they are written.
  package func hash(into hasher: inout Hasher) {
    guard !isZero else { return hasher.combine(0) }
    hasher.combine(isNegative)
    hasher.combine(exponent)
    forEachDigit { hasher.combine($0) }
  }

  /// Whether this number is a whole multiple of `divisor`, computed in decimal: 0.0075 is one of 0.0001.
  package func isMultiple(of divisor: DecimalText) -> Bool {
    if isZero { return true }
    guard let step = divisor.significand, step > 0 else { return isMultipleInBinary(of: divisor) }
    // Without trailing zeros of its own, this number has no digit as far right as a coarser divisor needs.
    guard exponent >= divisor.exponent else { return false }
    var remainder: UInt64 = 0
    forEachDigit { remainder = Self.modulo(remainder, times: 10, plus: UInt64($0), step) }
    return Self.modulo(
      remainder, times: Self.powerOfTen(exponent - divisor.exponent, modulo: step), plus: 0, step) == 0
  }

  /// Only for divisors of more than 19 digits.
  private func isMultipleInBinary(of divisor: DecimalText) -> Bool {
    guard let value = double, let step = divisor.double, step != 0 else { return false }
    return value.truncatingRemainder(dividingBy: step) == 0
  }

  private static func modulo(_ a: UInt64, times b: UInt64, plus c: UInt64, _ modulus: UInt64) -> UInt64 {
    let product = (a % modulus).multipliedFullWidth(by: b % modulus)
    let remainder = modulus.dividingFullWidth(product).remainder
    let (sum, overflow) = remainder.addingReportingOverflow(c % modulus)
    return overflow || sum >= modulus ? sum &- modulus : sum
  }

  private static func powerOfTen(_ power: Int, modulo modulus: UInt64) -> UInt64 {
    var result: UInt64 = 1 % modulus
    var base: UInt64 = 10 % modulus
    var power = power
    while power > 0 {
      if power & 1 == 1 { result = modulo(result, times: base, plus: 0, modulus) }
      base = modulo(base, times: base, plus: 0, modulus)
      power >>= 1
    }
    return result
  }
}
