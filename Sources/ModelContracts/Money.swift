/// An amount in some currency, exact: a whole number of its millionth of a millionth. A price of so many millionths a million
/// tokens is then a whole number a token, and no sum is ever rounded.
///
/// Up to some 9.2 million of the currency; sums beyond stay there, so that what is too much never becomes little.
package struct Money: Sendable, Hashable, Comparable {
  package static let zero = Money(trillionths: 0)
  package static let greatest = Money(trillionths: .max)

  /// Not negative.
  package let trillionths: Int64

  package init(trillionths: Int64) { self.trillionths = max(0, trillionths) }

  /// - Parameter text: digits, with at most twelve behind a point: `0.075`, `12`.
  /// - Returns: nil for anything else, and for what is beyond the greatest amount.
  package init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    let fraction = parts.count == 2 ? parts[1] : text.utf8.prefix(0)
    guard let first = parts.first, !first.isEmpty, first.count <= 7, fraction.count <= 12,
      parts.count == 1 || !fraction.isEmpty, first.allSatisfy(isDigit), fraction.allSatisfy(isDigit)
    else { return nil }
    var sum: Int64 = 0
    for digit in Array(first) + fraction + repeatElement(UInt8(ascii: "0"), count: 12 - fraction.count) {
      let (tenfold, isTooMuch) = sum.multipliedReportingOverflow(by: 10)
      let (next, overflow) = tenfold.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
      guard !isTooMuch, !overflow else { return nil }
      sum = next
    }
    trillionths = sum
  }

  package static func + (left: Money, right: Money) -> Money {
    let (sum, overflow) = left.trillionths.addingReportingOverflow(right.trillionths)
    return overflow ? .greatest : Money(trillionths: sum)
  }

  package static func += (left: inout Money, right: Money) { left = left + right }

  package static func < (left: Money, right: Money) -> Bool { left.trillionths < right.trillionths }

  /// This often; where that is too much, the greatest amount.
  package func times(_ count: Int64) -> Money {
    let (product, overflow) = trillionths.multipliedReportingOverflow(by: max(0, count))
    return overflow ? .greatest : Money(trillionths: product)
  }
}

extension Money: CustomStringConvertible {
  private static let one: Int64 = 1_000_000_000_000

  /// As it is read, without zeros at the end: `0.0012`.
  package var description: String {
    let whole = String(trillionths / Self.one)
    var fraction = String(trillionths % Self.one)
    if fraction == "0" { return whole }
    fraction = String(repeating: "0", count: 12 - fraction.utf8.count) + fraction
    while fraction.last == "0" { fraction.removeLast() }
    return "\(whole).\(fraction)"
  }
}

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
