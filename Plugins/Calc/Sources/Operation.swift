internal import Glibc

/// What can be called by name in an expression.
package struct Operation: Sendable {
  package let name: String
  let arity: ClosedRange<Int>
  /// As it is written: "log(x, base)".
  let signature: String
  /// What the arguments must be, for the message when they are not: "log needs …".
  let domain: String
  /// Nil or not a number: outside of the domain.
  let apply: @Sendable ([Double]) -> Double?

  package static let names = functions.keys.sorted() + constants.keys.sorted()
  package static let signatures = all.map(\.signature).joined(separator: ", ")

  static let constants = ["pi": Double.pi, "π": Double.pi, "e": M_E, "tau": 2 * Double.pi]
  static let functions = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  private static let all = [
    one("sqrt", "a number of at least 0") { $0.squareRoot() },
    one("cbrt") { x in whole(cbrt(x)) { $0 * $0 * $0 == x } },
    one("abs") { Swift.abs($0) },
    one("sign") { $0 == 0 ? 0 : ($0 < 0 ? -1 : 1) },
    one("floor") { $0.rounded(.down) },
    one("ceil") { $0.rounded(.up) },
    one("trunc") { $0.rounded(.towardZero) },
    Operation(
      name: "round", arity: 1...2, signature: "round(x, digits = 0)", domain: "whole digits from -15 to 15"
    ) { round($0[0], digits: $0.count > 1 ? $0[1] : 0) },
    one("exp") { exp($0) },
    one("ln", "a number above 0") { $0 > 0 ? log($0) : nil },
    one("log10", "a number above 0") { $0 > 0 ? log10($0) : nil },
    one("log2", "a number above 0") { $0 > 0 ? log2($0) : nil },
    two("log(x, base)", "a number and a base above 0, and a base other than 1") { number, base in
      guard number > 0, base > 0, base != 1 else { return nil }
      return whole(log(number) / log(base)) { pow(base, $0) == number }
    },
    two("pow(x, y)", "a fractional power of a number of at least 0, and no negative power of 0") {
      base, exponent in
      base == 0 && exponent < 0 ? nil : power(base, exponent)
    },
    two("hypot(x, y)") { hypot($0, $1) },
    one("sin") { sin($0) },
    one("cos") { cos($0) },
    one("tan") { tan($0) },
    one("asin", "a number from -1 to 1") { asin($0) },
    one("acos", "a number from -1 to 1") { acos($0) },
    one("atan") { atan($0) },
    two("atan2(y, x)") { atan2($0, $1) },
    one("sinh") { sinh($0) },
    one("cosh") { cosh($0) },
    one("tanh") { tanh($0) },
    Operation(name: "min", arity: 1...100, signature: "min(x, …)", domain: "numbers") { $0.min() },
    Operation(name: "max", arity: 1...100, signature: "max(x, …)", domain: "numbers") { $0.max() },
  ]

  private static func one(
    _ name: String, _ domain: String = "a number", _ apply: @escaping @Sendable (Double) -> Double?
  ) -> Operation {
    Operation(name: name, arity: 1...1, signature: "\(name)(x)", domain: domain) { apply($0[0]) }
  }

  private static func two(
    _ signature: String, _ domain: String = "numbers",
    _ apply: @escaping @Sendable (Double, Double) -> Double?
  ) -> Operation {
    let name = String(signature.prefix { $0 != "(" })
    return Operation(name: name, arity: 2...2, signature: signature, domain: domain) { apply($0[0], $0[1]) }
  }

  /// The whole number beside an approximation, where that is the exact result: the cube root of 27 is 3.
  private static func whole(_ value: Double, ifExact: (Double) -> Bool) -> Double {
    ifExact(value.rounded()) ? value.rounded() : value
  }

  /// Nil where there is no real result.
  static func power(_ base: Double, _ exponent: Double) -> Double? {
    let value = pow(base, exponent)
    return value.isNaN ? nil : value
  }

  /// Half away from zero, as people do it with the decimal digits that they see.
  private static func round(_ value: Double, digits: Double) -> Double? {
    guard digits == digits.rounded(), (-15...15).contains(digits) else { return nil }
    let scale = pow(10, Swift.abs(digits))
    let scaled = digits < 0 ? value / scale : value * scale
    // Beyond 2^51 there are no halves left to round.
    guard Swift.abs(scaled) < 0x1p51 else { return value }
    // 1.005 is a little less in binary, and 100.5 is what it was meant to be: two units are the error of both steps.
    let nudged = Swift.abs(scaled) + 2 * scaled.ulp
    let rounded = Double(sign: value.sign, exponent: 0, significand: nudged.rounded())
    return digits < 0 ? rounded * scale : rounded / scale
  }
}
