/// RFC 6901: names one value inside a document.
package struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
  /// Unescaped; none for the whole document.
  package var tokens: [String]

  package static let root = JSONPointer([])

  package init(_ tokens: [String] = []) { self.tokens = tokens }

  /// - Throws: `invalid_pointer` with the offset of the first character that RFC 6901 does not allow.
  package init(parsing text: String) throws(JSONError) {
    tokens = []
    guard !text.utf8.isEmpty else { return }
    var token: [UInt8] = []
    var isAfterTilde = false
    for (offset, byte) in text.utf8.enumerated() {
      if isAfterTilde {
        guard byte == UInt8(ascii: "0") || byte == UInt8(ascii: "1") else { throw Self.malformed(at: offset) }
        token.append(byte == UInt8(ascii: "0") ? UInt8(ascii: "~") : UInt8(ascii: "/"))
        isAfterTilde = false
      } else if byte == UInt8(ascii: "/") {
        if offset > 0 { tokens.append(String(decoding: token, as: UTF8.self)) }
        token.removeAll(keepingCapacity: true)
      } else if offset == 0 {
        throw Self.malformed(at: 0)
      } else if byte == UInt8(ascii: "~") {
        isAfterTilde = true
      } else {
        token.append(byte)
      }
    }
    if isAfterTilde { throw Self.malformed(at: text.utf8.count) }
    tokens.append(String(decoding: token, as: UTF8.self))
  }

  package func appending(_ token: String) -> JSONPointer { JSONPointer(tokens + [token]) }
  package func appending(_ index: Int) -> JSONPointer { appending(String(index)) }

  /// The text of RFC 6901, `""` for the whole document.
  package var description: String {
    var text = ""
    for token in tokens {
      text += "/"
      for scalar in token.unicodeScalars {
        switch scalar {
        case "~": text += "~0"
        case "/": text += "~1"
        default: text.unicodeScalars.append(scalar)
        }
      }
    }
    return text
  }

  /// Digits without a leading zero; `-`, the element after the last, is no element.
  package static func arrayIndex(_ token: String) -> Int? {
    let digits = token.utf8
    guard !digits.isEmpty, digits.allSatisfy({ decimalDigit($0) != nil }) else { return nil }
    guard digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
    return Int(token)
  }

  private static func malformed(at offset: Int) -> JSONError {
    JSONError(code: .invalidPointer, offset: offset, line: 1, column: offset + 1)
  }

  // String's own == takes canonically equivalent names for one; JSON does not.
  package static func == (left: JSONPointer, right: JSONPointer) -> Bool {
    left.tokens.elementsEqual(right.tokens) { $0.utf8.elementsEqual($1.utf8) }
  }

  package func hash(into hasher: inout Hasher) {
    for token in tokens { hasher.combine(JSONKey(token)) }
  }
}
