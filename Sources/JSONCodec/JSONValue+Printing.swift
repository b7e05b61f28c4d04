extension JSONValue: CustomStringConvertible {
  /// UTF-8, key order kept, U+2028 and U+2029 escaped.
  /// - Parameter indentation: spaces a level; on one line without any when `nil`.
  package func serialized(indentation: Int? = nil) -> [UInt8] {
    guard let indentation else {
      var writer = JSONWriter()
      writer.value(self)
      return writer.bytes
    }
    var printer = IndentedPrinter(width: indentation)
    printer.append(self)
    return printer.bytes
  }

  /// The same on one line.
  package var text: String { String(decoding: serialized(), as: UTF8.self) }
  package var description: String { text }

  /// RFC 8785: one text for one value, for digests, cache keys and approvals.
  /// - Throws: `number_out_of_range` for a number that no double can hold, since its canonical text is a double's.
  package func canonical() throws(JSONError) -> [UInt8] {
    var printer = CanonicalPrinter()
    try printer.append(self)
    return printer.bytes
  }
}

private struct IndentedPrinter {
  var bytes: [UInt8] = []
  let width: Int
  private var depth = 0

  init(width: Int) { self.width = width }

  mutating func append(_ value: JSONValue) {
    switch value {
    case .array(let elements) where !elements.isEmpty:
      appendItems(of: elements, between: ("[", "]")) { $0.append($1) }
    case .object(let members) where !members.isEmpty:
      appendItems(of: members, between: ("{", "}")) { printer, member in
        printer.append(.string(member.key))
        printer.bytes.append(contentsOf: ": ".utf8)
        printer.append(member.value)
      }
    default:
      bytes.append(contentsOf: value.serialized())
    }
  }

  private mutating func appendItems<Items: Sequence>(
    of items: Items, between brackets: (String, String), _ appendItem: (inout Self, Items.Element) -> Void
  ) {
    bytes.append(contentsOf: brackets.0.utf8)
    depth += 1
    var isFirst = true
    for item in items {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      breakLine()
      appendItem(&self, item)
    }
    depth -= 1
    breakLine()
    bytes.append(contentsOf: brackets.1.utf8)
  }

  private mutating func breakLine() {
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * width))
  }
}

private struct CanonicalPrinter {
  var bytes: [UInt8] = []

  mutating func append(_ value: JSONValue) throws(JSONError) {
    switch value {
    case .null, .bool: bytes.append(contentsOf: value.serialized())
    case .number(let number):
      guard let double = number.double else {
        throw JSONError(code: .numberOutOfRange, offset: bytes.count, line: 1, column: bytes.count + 1)
      }
      bytes.append(contentsOf: ShortestDouble.text(of: double).utf8)
    case .string(let text): append(text)
    case .array(let elements): try append(elements)
    case .object(let members): try append(members)
    }
  }

  private mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { JSONEscaping.append($0, to: &bytes, escapesLineSeparators: false) }
  }

  private mutating func append(_ elements: [JSONValue]) throws(JSONError) {
    bytes.append(UInt8(ascii: "["))
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      try append(element)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  private mutating func append(_ members: JSONObject) throws(JSONError) {
    // RFC 8785 §3.2.3: by UTF-16 code units, which is not the order of UTF-8 bytes.
    let sorted = members.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
    bytes.append(UInt8(ascii: "{"))
    for (index, member) in sorted.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      append(member.key)
      bytes.append(UInt8(ascii: ":"))
      try append(member.value)
    }
    bytes.append(UInt8(ascii: "}"))
  }
}
