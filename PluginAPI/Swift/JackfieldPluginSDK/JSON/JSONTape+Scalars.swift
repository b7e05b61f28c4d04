extension JSONTape {
  /// The text of a string or a key.
  func string(_ index: Int) -> String {
    let node = self[index]
    let bytes = UnsafeBufferPointer(start: text + Int(node.start), count: Int(node.length))
    guard node.isMarked else { return String(decoding: bytes, as: UTF8.self) }
    // An escape is never shorter than what it stands for.
    return String(unsafeUninitializedCapacity: bytes.count) { Self.unescape(bytes, into: $0) }
  }

  /// - Parameter bytes: checked by the parser.
  private static func unescape(
    _ bytes: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>
  ) -> Int {
    guard let text = bytes.baseAddress else { return 0 }
    var count = 0
    var at = 0
    while at < bytes.count {
      guard text[at] == UInt8(ascii: "\\") else {
        output[count] = text[at]
        count += 1
        at += 1
        continue
      }
      guard text[at + 1] == UInt8(ascii: "u") else {
        output[count] = escaped(text[at + 1])
        count += 1
        at += 2
        continue
      }
      var scalar = JSONText.hexUnit(text + at + 2) ?? 0xFFFD
      at += 6
      if scalar & 0xFC00 == 0xD800 {
        scalar = 0x10000 + (scalar & 0x3FF) << 10 + (JSONText.hexUnit(text + at + 2) ?? 0) & 0x3FF
        at += 6
      }
      for unit in UTF8.encode(Unicode.Scalar(scalar) ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter {
        output[count] = unit
        count += 1
      }
    }
    return count
  }

  private static func escaped(_ letter: UInt8) -> UInt8 {
    switch letter {
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: letter
    }
  }

  /// The text of a number.
  func numberText(_ index: Int) -> String {
    let node = self[index]
    return String(
      decoding: UnsafeBufferPointer(start: text + Int(node.start), count: Int(node.length)), as: UTF8.self)
  }

  /// A number as an integer; nil where it is none, or does not fit. 1.0 and 1e2 are integers.
  func integer<T: FixedWidthInteger>(_ index: Int, as type: T.Type) -> T? {
    let node = self[index]
    // Eighteen digits and a sign fit 64 bits.
    guard !node.isMarked, node.length <= 18 else { return longInteger(index, as: type) }
    var digits = text + Int(node.start)
    let end = digits + Int(node.length)
    let isNegative = digits.pointee == UInt8(ascii: "-")
    if isNegative { digits += 1 }
    var value: Int64 = 0
    while digits < end {
      value = value &* 10 &+ Int64(digits.pointee &- UInt8(ascii: "0"))
      digits += 1
    }
    return T(exactly: isNegative ? 0 &- value : value)
  }

  @inline(never)
  private func longInteger<T: FixedWidthInteger>(_ index: Int, as type: T.Type) -> T? {
    guard let text = integralText(index) else { return nil }
    return UInt128(text).map { T(exactly: $0) } ?? Int128(text).flatMap { T(exactly: $0) }
  }

  /// The digits of a number that is an integer, whatever its notation; nil where it is none, or too long for any type.
  private func integralText(_ index: Int) -> String? {
    let written = numberText(index)
    guard self[index].isMarked else { return written }
    let parts = written.split { $0 == "e" || $0 == "E" }
    guard let exponent = parts.count == 2 ? Int(parts[1]) : 0, exponent.magnitude < 1 << 32 else {
      return nil
    }
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    var digits = String(mantissa[0]) + (mantissa.count == 2 ? mantissa[1] : "")
    var point = exponent - (mantissa.count == 2 ? mantissa[1].utf8.count : 0)
    while point < 0, digits.last == "0" {
      digits.removeLast()
      point += 1
    }
    if digits.allSatisfy({ $0 == "0" || $0 == "-" }) { return "0" }
    return (0...40).contains(point) ? digits + String(repeating: "0", count: point) : nil
  }

  /// A number as the nearest double; nil beyond the greatest.
  func double(_ index: Int) -> Double? {
    if let exact = exactDouble(index) { return exact }
    return Double(numberText(index)).flatMap { $0.isFinite ? $0 : nil }
  }

  /// Both the digits and the power of ten are doubles without rounding, and so one operation rounds once.
  private func exactDouble(_ index: Int) -> Double? {
    let node = self[index]
    guard node.length <= 17 else { return nil }
    var at = text + Int(node.start)
    let end = at + Int(node.length)
    let isNegative = at.pointee == UInt8(ascii: "-")
    if isNegative { at += 1 }
    var digits: UInt64 = 0
    var scale = 0
    var isFraction = false
    while at < end {
      if at.pointee == UInt8(ascii: ".") {
        isFraction = true
      } else {
        let digit = at.pointee &- UInt8(ascii: "0")
        guard digit <= 9 else { return nil }
        digits = digits &* 10 &+ UInt64(digit)
        scale += isFraction ? 1 : 0
      }
      at += 1
    }
    guard digits <= 1 << 53 else { return nil }
    let value = Double(digits) / Self.powersOfTen[scale]
    return isNegative ? -value : value
  }

  private static let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
  ]
}
