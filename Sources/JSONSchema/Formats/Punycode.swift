/// RFC 3492, without the `xn--`.
enum Punycode {
  private static let base = 36

  static func decoded(_ text: [UInt8]) -> [Unicode.Scalar]? {
    var output: [Unicode.Scalar] = []
    var input = text[...]
    if let hyphen = text.lastIndex(of: UInt8(ascii: "-")) {
      output = text[..<hyphen].map { Unicode.Scalar($0) }
      input = text[(hyphen + 1)...]
    }
    var (point, position, bias) = (128, 0, 72)
    while !input.isEmpty {
      let before = position
      var weight = 1
      for k in stride(from: base, through: .max, by: base) {
        guard let byte = input.popFirst(), let digit = value(of: byte) else { return nil }
        let (product, tooLarge) = digit.multipliedReportingOverflow(by: weight)
        guard !tooLarge, position <= Int(Int32.max) - product else { return nil }
        position += product
        let threshold = threshold(k, bias)
        if digit < threshold { break }
        weight *= base - threshold
        guard weight <= Int(Int32.max) else { return nil }
      }
      bias = adapted(position - before, output.count + 1, isFirst: before == 0)
      point += position / (output.count + 1)
      position %= output.count + 1
      guard point <= 0x10FFFF, let scalar = Unicode.Scalar(UInt32(point)) else { return nil }
      output.insert(scalar, at: position)
      position += 1
    }
    return output
  }

  static func encoded(_ scalars: [Unicode.Scalar]) -> [UInt8]? {
    // A longer label cannot be valid, and the work grows with the square.
    guard scalars.count <= 63 else { return nil }
    var output = scalars.filter(\.isASCII).map { UInt8($0.value) }
    var (handled, point, delta, bias) = (output.count, 128, 0, 72)
    let basic = handled
    if basic > 0 { output.append(UInt8(ascii: "-")) }
    while handled < scalars.count {
      guard let next = scalars.lazy.map({ Int($0.value) }).filter({ $0 >= point }).min() else { return nil }
      delta += (next - point) * (handled + 1)
      point = next
      for scalar in scalars {
        if Int(scalar.value) < point { delta += 1 }
        guard Int(scalar.value) == point else { continue }
        appendNumber(delta, bias, to: &output)
        bias = adapted(delta, handled + 1, isFirst: handled == basic)
        delta = 0
        handled += 1
      }
      delta += 1
      point += 1
    }
    return output
  }

  private static func appendNumber(_ number: Int, _ bias: Int, to output: inout [UInt8]) {
    var rest = number
    for k in stride(from: base, through: .max, by: base) {
      let threshold = threshold(k, bias)
      if rest < threshold { break }
      output.append(digit(threshold + (rest - threshold) % (base - threshold)))
      rest = (rest - threshold) / (base - threshold)
    }
    output.append(digit(rest))
  }

  private static func threshold(_ k: Int, _ bias: Int) -> Int { min(max(k - bias, 1), 26) }

  private static func adapted(_ delta: Int, _ points: Int, isFirst: Bool) -> Int {
    var delta = isFirst ? delta / 700 : delta / 2
    delta += delta / points
    var k = 0
    while delta > 455 {
      delta /= base - 1
      k += base
    }
    return k + base * delta / (delta + 38)
  }

  private static func digit(_ value: Int) -> UInt8 {
    UInt8(value < 26 ? value + Int(UInt8(ascii: "a")) : value - 26 + Int(UInt8(ascii: "0")))
  }

  private static func value(of byte: UInt8) -> Int? {
    if byte.isDigit { return Int(byte - UInt8(ascii: "0")) + 26 }
    return byte.isLetter ? Int((byte | 0x20) - UInt8(ascii: "a")) : nil
  }
}
