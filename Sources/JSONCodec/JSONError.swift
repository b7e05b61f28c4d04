/// Why a text is not JSON, or not JSON this host accepts, and where.
package struct JSONError: Error, Sendable, Equatable {
  /// Stable across releases: callers branch on it. Never reuse a removed value.
  package enum Code: String, Sendable, CaseIterable {
    case unexpectedCharacter = "unexpected_character"
    case unexpectedEnd = "unexpected_end"
    case invalidNumber = "invalid_number"
    case invalidEscape = "invalid_escape"
    case controlCharacter = "control_character"
    case loneSurrogate = "lone_surrogate"
    case invalidUTF8 = "invalid_utf8"
    case byteOrderMark = "byte_order_mark"
    case duplicateKey = "duplicate_key"
    case tooDeep = "too_deep"
    case tooLarge = "too_large"
    case trailingContent = "trailing_content"
    case invalidPointer = "invalid_pointer"
    case numberOutOfRange = "number_out_of_range"
  }

  package let code: Code
  /// Bytes from the start of the text.
  package let offset: Int
  /// Counted from 1; a line ends at a line feed.
  package let line: Int
  /// Counted from 1, in Unicode scalars.
  package let column: Int

  package init(code: Code, offset: Int, line: Int, column: Int) {
    self.code = code
    self.offset = offset
    self.line = line
    self.column = column
  }

  /// One sentence that may be shown to anyone: it quotes nothing of the text.
  package var message: String {
    "\(reason) at line \(line), column \(column) (byte \(offset))."
  }

  private var reason: String {
    switch code {
    case .unexpectedCharacter: "A character that JSON does not allow here"
    case .unexpectedEnd: "The text ends in the middle of a value"
    case .invalidNumber: "A number that is not written as JSON writes numbers"
    case .invalidEscape: "A backslash escape that JSON does not know"
    case .controlCharacter: "A control character inside a string must be written as an escape"
    case .loneSurrogate: "Half of a surrogate pair without its other half"
    case .invalidUTF8: "Bytes that are not valid UTF-8"
    case .byteOrderMark: "A byte order mark before the JSON text"
    case .duplicateKey: "A key that this object already has"
    case .tooDeep: "Arrays and objects nested deeper than the limit"
    case .tooLarge: "The text is larger than the limit"
    case .trailingContent: "Something follows the JSON value"
    case .invalidPointer: "A JSON Pointer that does not follow RFC 6901"
    case .numberOutOfRange: "A number too large for IEEE 754 double precision"
    }
  }
}

extension JSONError {
  /// Counts line and column up to `offset`; only ever paid on the way out.
  init(_ code: Code, at offset: Int, in text: UnsafeBufferPointer<UInt8>) {
    var line = 1
    var column = 1
    for byte in text.prefix(offset) {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    self.init(code: code, offset: offset, line: line, column: column)
  }
}
