/// A number with its exact text; equal when the values are, so that `1`, `1.0` and `10e-1` are one number.
package struct JSONNumber: Sendable, Hashable {
  private enum Storage: Sendable {
    /// Whatever an `Int64` prints as.
    case integer(Int64)
    case text(String)
  }
  private let storage: Storage

  package init(_ value: Int64) { storage = .integer(value) }
  package init(_ value: Int) { storage = .integer(Int64(value)) }

  /// - Returns: `nil` for infinities and NaN, which JSON cannot say.
  package init?(_ value: Double) {
    guard value.isFinite else { return nil }
    self.init(checked: ShortestDouble.text(of: value))
  }

  /// - Returns: `nil` unless `text` is a number as RFC 8259 writes them.
  package init?(text: String) {
    guard let document = try? JSONDocument(parsing: text), document.root.kind == .number,
      document.root.rawBytes.count == text.utf8.count
    else { return nil }
    self.init(checked: text)
  }

  /// - Parameter text: has the grammar of a JSON number.
  init(checked text: String) {
    if text.utf8.count < 20, let value = Int64(text), value != 0 || text.utf8.count == 1 {
      storage = .integer(value)
    } else {
      storage = .text(text)
    }
  }

  /// As it was written.
  package var text: String {
    switch storage {
    case .integer(let value): String(value)
    case .text(let text): text
    }
  }

  /// Exact integers only: `1.0` and `1e2` are, `1.5` and 2^63 are not.
  package var int: Int64? {
    switch storage {
    case .integer(let value): value
    case .text: withDecimal(\.int64)
    }
  }

  /// The nearest double; `nil` beyond their range.
  package var double: Double? {
    switch storage {
    case .integer(let value): Double(value)
    case .text: withDecimal(\.double)
    }
  }

  package func withDecimal<Result>(_ body: (DecimalText) -> Result) -> Result {
    var text = text
    return text.withUTF8 { body(DecimalText($0)) }
  }

  /// Negative, zero or positive as this number is below, equal to or above the other.
  package func compared(to other: JSONNumber) -> Int {
    withDecimal { left in other.withDecimal { left.compared(to: $0) } }
  }

  package static func == (left: JSONNumber, right: JSONNumber) -> Bool {
    if case .integer(let a) = left.storage, case .integer(let b) = right.storage { return a == b }
    return left.compared(to: right) == 0
  }

  package func hash(into hasher: inout Hasher) { withDecimal { $0.hash(into: &hasher) } }
}
