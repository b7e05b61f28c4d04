import JSONCodec

/// Walks a manifest's tree with its place at hand. What the schema has promised is asked for, never assumed.
struct ManifestCursor {
  let node: ManifestNode
  let location: SourceLocation

  init(_ file: ManifestFile) {
    node = file.root
    location = SourceLocation(file: file.path, line: file.root.line, column: file.root.column, pointer: .root)
  }

  private init(_ node: ManifestNode, _ location: SourceLocation) {
    self.node = node
    self.location = location
  }

  func optional(_ key: String) -> ManifestCursor? {
    node.member(key).map { cursor(of: $0) }
  }

  func required(_ key: String) throws(ManifestError) -> ManifestCursor {
    guard let member = optional(key) else {
      throw ManifestError(.missingKey, at: location, "the key '\(key)' is missing")
    }
    return member
  }

  func members() throws(ManifestError) -> [(key: String, value: ManifestCursor)] {
    guard case .object(let members) = node.content else { throw mismatch("a mapping of keys to values") }
    return members.map { ($0.key, cursor(of: $0)) }
  }

  func elements() throws(ManifestError) -> [ManifestCursor] {
    guard case .array(let elements) = node.content else { throw mismatch("a list") }
    return elements.enumerated().map { index, element in
      ManifestCursor(
        element,
        SourceLocation(
          file: location.file, line: element.line, column: element.column,
          pointer: location.pointer.appending(index)))
    }
  }

  var string: String? { if case .string(let text) = node.content { text } else { nil } }

  func text() throws(ManifestError) -> String {
    guard let string else { throw mismatch("a string") }
    return string
  }

  /// Nil where the key is not there.
  func text(_ key: String) throws(ManifestError) -> String? {
    guard let member = optional(key) else { return nil }
    return try member.text()
  }

  /// Empty where the key is not there.
  func list(_ key: String) throws(ManifestError) -> [ManifestCursor] {
    guard let member = optional(key) else { return [] }
    return try member.elements()
  }

  func texts(_ key: String) throws(ManifestError) -> [String] {
    try list(key).map { element throws(ManifestError) in try element.text() }
  }

  func bool() throws(ManifestError) -> Bool {
    guard case .bool(let value) = node.content else { throw mismatch("true or false") }
    return value
  }

  func integer() throws(ManifestError) -> Int {
    guard case .number(let number) = node.content, let value = number.int.flatMap({ Int(exactly: $0) }) else {
      throw mismatch("a whole number")
    }
    return value
  }

  func number() throws(ManifestError) -> Double {
    guard case .number(let number) = node.content, let value = number.double else {
      throw mismatch("a number")
    }
    return value
  }

  /// `200ms`, `5s`, `1m`, `2h`, in nanoseconds.
  func nanoseconds() throws(ManifestError) -> Int64 {
    guard let text = string, let value = nanosecondsOfDuration(text) else {
      throw mismatch("a whole number and ms, s, m or h, such as 200ms")
    }
    return value
  }

  func choice<Choice: RawRepresentable<String>>(_ type: Choice.Type) throws(ManifestError) -> Choice {
    guard let choice = string.flatMap(Choice.init(rawValue:)) else { throw mismatch("another value") }
    return choice
  }

  func mismatch(_ expected: String) -> ManifestError {
    ManifestError(.schemaViolation, at: location, "expected \(expected)")
  }

  /// A member's place is that of its key: there people look first.
  private func cursor(of member: ManifestNode.Member) -> ManifestCursor {
    ManifestCursor(
      member.value,
      SourceLocation(
        file: location.file, line: member.line, column: member.column,
        pointer: location.pointer.appending(member.key)))
  }
}

/// - Returns: nil unless the text is a whole number from 1 and `ms`, `s`, `m` or `h`.
package func nanosecondsOfDuration(_ text: String) -> Int64? {
  let digits = text.prefix { $0.isASCII && $0.isNumber }
  guard let count = Int64(digits), count > 0 else { return nil }
  let unit: Int64
  switch text.dropFirst(digits.count) {
  case "ms": unit = 1_000_000
  case "s": unit = 1_000_000_000
  case "m": unit = 60_000_000_000
  case "h": unit = 3_600_000_000_000
  default: return nil
  }
  let (nanoseconds, overflow) = count.multipliedReportingOverflow(by: unit)
  return overflow ? nil : nanoseconds
}
