internal import Glibc

/// JSON that is being written, straight to bytes.
///
/// Whatever is written in the order of the text goes to its end. An `Encoder` may also be asked for a container, then
/// for another, and then for more in the first one: `JSONOutput+Containers.swift` has what that takes.
@usableFromInline
final class JSONOutput {
  private var bytes: UnsafeMutablePointer<UInt8>
  private var capacity = 256
  private(set) var count = 0
  /// Every container so far, in the order they were opened.
  var containers: [JSONContainer] = []
  /// The container that is written to; -1 outside of all.
  var open = -1
  /// Of the open dictionaries, where each member begins.
  var members: [JSONMember] = []
  /// Set when an `Encodable` broke the rules of `Encoder`, so that there is no text.
  var misuse: EncodingError?

  @usableFromInline
  init() {
    bytes = .allocate(capacity: capacity)
  }

  deinit { bytes.deallocate() }

  /// What is written so far, for as long as `body` runs.
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    // Nobody else may hold this object, and it must not be gone before the bytes are read.
    try withExtendedLifetime(self) { try body(buffer) }
  }

  /// Valid until something is written, and for as long as this object is held.
  var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: count) }
  var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }

  subscript(_ index: Int) -> UInt8 { bytes[index] }

  // MARK: - Bytes

  @inline(__always)
  func append(_ byte: UInt8) {
    if count == capacity { grow(by: 1) }
    bytes[count] = byte
    count += 1
  }

  @inline(__always)
  func append(_ more: UnsafeBufferPointer<UInt8>) {
    guard let start = more.baseAddress else { return }
    if capacity - count < more.count { grow(by: more.count) }
    memcpy(bytes + count, start, more.count)
    count += more.count
  }

  @inline(__always)
  func append(_ literal: StaticString) {
    append(UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  @inline(never)
  private func grow(by more: Int) {
    capacity = max(capacity * 2, count + more)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    memcpy(larger, bytes, count)
    bytes.deallocate()
    bytes = larger
  }

  func truncate(to length: Int) { count = min(count, length) }

  /// Puts bytes between others.
  func insert(_ more: UnsafeRawBufferPointer, at offset: Int) {
    if capacity - count < more.count { grow(by: more.count) }
    memmove(bytes + offset + more.count, bytes + offset, count - offset)
    if let start = more.baseAddress { memcpy(bytes + offset, start, more.count) }
    count += more.count
  }

  func replace(from start: Int, with other: [UInt8]) {
    truncate(to: start)
    other.withUnsafeBufferPointer { append($0) }
  }

  // MARK: - Scalars

  func null() { append("null") }

  func bool(_ value: Bool) { if value { append("true") } else { append("false") } }

  func integer<T: FixedWidthInteger>(_ value: T) {
    if let value = Int64(exactly: value) { return decimal(value) }
    raw("\(value)")
  }

  func decimal(_ value: Int64) {
    if capacity - count < 20 { grow(by: 20) }
    if value < 0 { append(UInt8(ascii: "-")) }
    let start = count
    var magnitude = value.magnitude
    repeat {
      let (quotient, digit) = magnitude.quotientAndRemainder(dividingBy: 10)
      append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit))
      magnitude = quotient
    } while magnitude > 0
    var digits = UnsafeMutableBufferPointer(start: bytes + start, count: count - start)
    digits.reverse()
  }

  /// The shortest text that reads back the same.
  /// - Parameter value: finite.
  func number<T: BinaryFloatingPoint & LosslessStringConvertible>(_ value: T) {
    // "168" rather than "168.0"; and -0 is no integer.
    if value.magnitude < 9_007_199_254_740_992, value == value.rounded(.towardZero),
      !(value == 0 && value.sign == .minus)
    {
      return decimal(Int64(value))
    }
    raw(value == 0 ? "-0" : "\(value)")
  }

  /// Text that is known to be JSON.
  func raw(_ text: String) {
    var text = text
    text.withUTF8 { append($0) }
  }

  func string(_ text: String) {
    var text = text
    text.withUTF8 { quote($0) }
  }

  private func quote(_ text: UnsafeBufferPointer<UInt8>) {
    append(UInt8(ascii: "\""))
    var plain = 0
    var at = 0
    while let start = text.baseAddress {
      at += JSONText.plainBytes(start + at, count: text.count - at)
      guard at < text.count else { break }
      let byte = start[at]
      let isSpecial =
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
        // U+2028 and U+2029 end a line for JavaScript and in event streams. A string is whole characters.
        || byte == 0xE2 && start[at + 1] == 0x80 && start[at + 2] & 0xFE == 0xA8
      if isSpecial {
        append(UnsafeBufferPointer(rebasing: text[plain..<at]))
        at += escape(start + at)
        plain = at
      } else {
        at += 1
      }
    }
    append(UnsafeBufferPointer(rebasing: text[plain...]))
    append(UInt8(ascii: "\""))
  }

  /// - Returns: how many bytes the escape stands for.
  private func escape(_ text: UnsafePointer<UInt8>) -> Int {
    append(UInt8(ascii: "\\"))
    switch text.pointee {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(text.pointee)
    case 0x08: append(UInt8(ascii: "b"))
    case 0x09: append(UInt8(ascii: "t"))
    case 0x0A: append(UInt8(ascii: "n"))
    case 0x0C: append(UInt8(ascii: "f"))
    case 0x0D: append(UInt8(ascii: "r"))
    case 0xE2:
      append("u202")
      append(text[2] == 0xA8 ? UInt8(ascii: "8") : UInt8(ascii: "9"))
      return 3
    case let control:
      append("u00")
      append(UInt8(ascii: "0") + control >> 4)
      append(control & 0xF < 10 ? UInt8(ascii: "0") + control & 0xF : UInt8(ascii: "a") + control & 0xF - 10)
    }
    return 1
  }
}
