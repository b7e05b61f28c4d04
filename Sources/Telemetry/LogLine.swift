/// One line of the log: a JSON object of `time`, `level`, `message` and fields, and a line feed.
///
/// At most `maxBytes` long: what a pipe takes in one piece, so that lines of several writers never mix. A string that is
/// too long is cut and ends in `…`; a field that has no room is left out and `"cut":true` says so.
struct LogLine {
  static let maxBytes = 4096
  private static let maxStringBytes = 1024
  private static let ending: StaticString = #","cut":true}"#

  private var bytes: [UInt8] = []
  private var isCut = false

  init(time nanoseconds: Int64, level: LogLevel, message: String) {
    bytes.reserveCapacity(256)
    append(#"{"time":""#)
    appendTimestamp(nanoseconds, to: &bytes)
    append(#"","level":""#)
    append(level.rawValue)
    append(#"","message":"#)
    appendQuoted(message)
  }

  mutating func add(_ key: String, _ value: LogValue) {
    let start = bytes.count
    bytes.append(UInt8(ascii: ","))
    appendQuoted(key)
    bytes.append(UInt8(ascii: ":"))
    switch value {
    case .string(let text): appendQuoted(text)
    case .integer(let number): append(String(number))
    case .double(let number) where number.isFinite: append(String(number))
    case .double: append("null")
    case .boolean(let flag): append(flag ? "true" : "false")
    }
    guard bytes.count + LogLine.ending.utf8CodeUnitCount + 1 <= LogLine.maxBytes else {
      bytes.removeSubrange(start...)
      isCut = true
      return
    }
  }

  /// The whole line, line feed included.
  consuming func finished() -> [UInt8] {
    append(isCut ? LogLine.ending.description : "}")
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func appendQuoted(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    let end = bytes.count + LogLine.maxStringBytes
    for scalar in text.unicodeScalars {
      guard bytes.count + 6 <= end else {
        append("…")
        break
      }
      appendEscaped(scalar)
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Everything that a terminal could take for a command is escaped, not only what JSON demands.
  private mutating func appendEscaped(_ scalar: Unicode.Scalar) {
    switch scalar.value {
    case 0x22, 0x5c:
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(UInt8(scalar.value))
    case 0x0a: append(#"\n"#)
    case 0x09: append(#"\t"#)
    case 0..<0x20, 0x7f...0x9f, 0x2028...0x202e, 0x2066...0x2069:
      let digits = String(scalar.value, radix: 16)
      append(#"\u"# + String(repeating: "0", count: 4 - digits.utf8.count) + digits)
    default: bytes.append(contentsOf: UTF8.encode(scalar)!)  // every scalar has an encoding
    }
  }
}

/// What a field of a log line can hold; written as a literal where it is one.
package enum LogValue: Sendable, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral
{
  case string(String)
  case integer(Int64)
  case double(Double)
  case boolean(Bool)

  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(booleanLiteral value: Bool) { self = .boolean(value) }
  package init(_ value: some BinaryInteger) { self = .integer(Int64(clamping: value)) }
  package init(_ value: some CustomStringConvertible) { self = .string(value.description) }
}
