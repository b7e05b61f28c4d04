/// Reads the bytes of a question: numbers of 8 bytes, texts whose lengths went before them. A plugin's word, so nothing is
/// taken for granted; what does not fit is nil.
package struct QuestionBytes {
  private var rest: ArraySlice<UInt8>

  package init(_ bytes: [UInt8]) { rest = bytes[...] }

  package mutating func number() -> UInt64? {
    guard let bytes = take(8) else { return nil }
    return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  package mutating func text(byteCount: UInt64) -> String? {
    guard let count = Int(exactly: byteCount), let bytes = take(count) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  /// Everything that is left.
  package mutating func remainder() -> [UInt8] {
    defer { rest = [] }
    return Array(rest)
  }

  package mutating func remainingText() -> String? { String(validating: remainder(), as: UTF8.self) }

  private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard rest.count >= count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }
}

extension Array<UInt8> {
  /// A number as an answer begins with it.
  package init(number: UInt64) { self = (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }
}
