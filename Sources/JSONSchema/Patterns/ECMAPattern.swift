/// Rewrites an ECMA-262 regular expression (as with the `u` flag) in the syntax of PCRE2.
/// What ECMA-262 does not know is refused, so that a pattern never means something only here; the one leniency is an
/// escaped punctuation mark that needed no escape, which schemas are full of.
struct ECMAPattern {
  private let scalars: [Unicode.Scalar]
  private var at = 0
  private var output = ""
  private var groups = 0

  static func translated(_ source: String) throws(PatternError) -> String {
    var translation = ECMAPattern(source)
    try translation.translate()
    return translation.output
  }

  private init(_ source: String) { scalars = Array(source.unicodeScalars) }

  private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
    at + offset < scalars.count ? scalars[at + offset] : nil
  }

  private func failure(_ what: String) -> PatternError {
    PatternError(message: "The pattern is no ECMA-262 regular expression: \(what) at character \(at).")
  }

  private mutating func translate() throws(PatternError) {
    var canRepeat = false
    while let scalar = peek() {
      switch scalar {
      case "*", "+", "?":
        guard canRepeat else { throw failure("nothing to repeat") }
        copyQuantifier()
        canRepeat = false
        continue
      case "{" where canRepeat && isCountedQuantifier():
        copyQuantifier()
        canRepeat = false
        continue
      case "(":
        try openGroup()
        canRepeat = false
        continue
      case ")":
        groups -= 1
        guard groups >= 0 else { throw failure("an unmatched parenthesis") }
        copy()
      case "[": try translateClass()
      case "\\": try translateEscape()
      case ".":
        output += "[^\\n\\r\\x{2028}\\x{2029}]"
        at += 1
      case "|", "^":
        copy()
        canRepeat = false
        continue
      case "{", "}", "]":
        output += "\\"
        copy()
      default: copy()
      }
      canRepeat = true
    }
    guard groups == 0 else { throw failure("an unclosed group") }
  }

  private mutating func copy() {
    output.unicodeScalars.append(scalars[at])
    at += 1
  }

  /// `{3}`, `{3,}` or `{3,5}`; any other brace stands for itself.
  private func isCountedQuantifier() -> Bool {
    var position = 1
    var digits = 0
    while let scalar = peek(position), ("0"..."9").contains(scalar) {
      (position, digits) = (position + 1, digits + 1)
    }
    guard digits > 0 else { return false }
    if peek(position) == "," {
      position += 1
      while let scalar = peek(position), ("0"..."9").contains(scalar) { position += 1 }
    }
    return peek(position) == "}"
  }

  private mutating func copyQuantifier() {
    if peek() == "{" {
      while let scalar = peek() {
        copy()
        if scalar == "}" { break }
      }
    } else {
      copy()
    }
    if peek() == "?" { copy() }
  }

  private mutating func openGroup() throws(PatternError) {
    groups += 1
    copy()
    guard peek() == "?" else { return }
    switch (peek(1), peek(2)) {
    case (":", _), ("=", _), ("!", _):
      copy()
      copy()
    case ("<", "="), ("<", "!"):
      for _ in 0..<3 { copy() }
    case ("<", _):
      copy()
      copy()
      guard let first = peek(), first.properties.isXIDStart || first == "_" || first == "$" else {
        throw failure("a group without a proper name")
      }
      while let scalar = peek(), scalar != ">" { copy() }
    default: throw failure("an unknown kind of group")
    }
  }

  // MARK: Escapes

  /// Everything ECMA-262 counts as white space or a line end, as the inside of a class.
  private static let spaces =
    "\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}"
  private static let nonSpaces =
    "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}"
    + "\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}"

  private mutating func translateEscape() throws(PatternError) {
    guard let letter = peek(1) else { throw failure("a backslash at the end") }
    switch letter {
    case "b", "B":
      output += "\\\(letter)"
      at += 2
    case "1"..."9":
      at += 1
      var digits = ""
      while let digit = peek(), ("0"..."9").contains(digit) {
        digits.unicodeScalars.append(digit)
        at += 1
      }
      output += "\\g{\(digits)}"
    case "k":
      guard peek(2) == "<" else { throw failure("\\k without a name") }
      output += "\\k"
      at += 2
      while let scalar = peek() {
        copy()
        if scalar == ">" { break }
      }
    case "s":
      output += "[\(Self.spaces)]"
      at += 2
    case "S":
      output += "[^\(Self.spaces)]"
      at += 2
    default:
      // A lone surrogate is never part of a text, so it matches nothing.
      output += try sharedEscape() ?? "(?!)"
    }
  }

  /// Escapes that mean the same inside and outside of a class.
  /// - Returns: `nil` for half of a surrogate pair.
  private mutating func sharedEscape() throws(PatternError) -> String? {
    guard let letter = peek(1) else { throw failure("a backslash at the end") }
    switch letter {
    case "d", "D", "w", "W", "f", "n", "r", "t":
      at += 2
      return "\\\(letter)"
    case "v":
      at += 2
      return "\\x{b}"
    case "0":
      at += 2
      if let next = peek(), ("0"..."9").contains(next) { throw failure("an octal escape") }
      return "\\x{0}"
    case "c":
      guard let control = peek(2), control.isASCII, control.properties.isAlphabetic else {
        throw failure("\\c without a letter")
      }
      at += 3
      return "\\x{\(String(control.value & 31, radix: 16))}"
    case "x":
      at += 2
      return "\\x{\(String(try hex(digits: 2), radix: 16))}"
    case "u":
      at += 2
      return try codePoint().map { "\\x{\(String($0, radix: 16))}" }
    case "p", "P": return try property()
    default:
      guard letter.isASCII, !letter.properties.isAlphabetic, !("0"..."9").contains(letter),
        letter.value > 0x20
      else {
        throw failure("an unknown escape")
      }
      at += 2
      return letter == "_" ? "_" : "\\\(letter)"
    }
  }

  private mutating func hex(digits: Int) throws(PatternError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let scalar = peek(), scalar.isASCII, let digit = hexValue(UInt8(scalar.value)) else {
        throw failure("an incomplete hexadecimal escape")
      }
      value = value << 4 | UInt32(digit)
      at += 1
    }
    return value
  }

  /// What follows `\u`.
  private mutating func codePoint() throws(PatternError) -> UInt32? {
    if peek() == "{" {
      at += 1
      var value: UInt32 = 0
      var count = 0
      while let scalar = peek(), scalar.isASCII, let digit = hexValue(UInt8(scalar.value)) {
        value = value << 4 | UInt32(digit)
        (at, count) = (at + 1, count + 1)
        if value > 0x10FFFF { throw failure("a code point beyond Unicode") }
      }
      guard count > 0, peek() == "}" else { throw failure("an incomplete \\u{…}") }
      at += 1
      return Unicode.Scalar(value) == nil ? nil : value
    }
    let unit = try hex(digits: 4)
    guard unit & 0xF800 == 0xD800 else { return unit }
    guard unit < 0xDC00, peek() == "\\", peek(1) == "u" else { return nil }
    let start = at
    at += 2
    let low = try hex(digits: 4)
    guard low & 0xFC00 == 0xDC00 else {
      at = start
      return nil
    }
    return 0x10000 + (unit & 0x3FF) << 10 + (low & 0x3FF)
  }

  private mutating func property() throws(PatternError) -> String {
    let letter = scalars[at + 1]
    guard peek(2) == "{" else { throw failure("\\p without a property") }
    at += 3
    var name = ""
    while let scalar = peek(), scalar != "}" {
      name.unicodeScalars.append(scalar)
      at += 1
    }
    guard peek() == "}" else { throw failure("an unclosed property") }
    at += 1
    guard let property = UnicodePropertyName.inPCRE(name) else { throw failure("an unknown property") }
    return "\\\(letter){\(property)}"
  }

  // MARK: Classes

  private mutating func translateClass() throws(PatternError) {
    at += 1
    let isNegated = peek() == "^"
    if isNegated { at += 1 }
    var contents = ""
    while let scalar = peek(), scalar != "]" {
      switch scalar {
      case "\\":
        switch peek(1) {
        case "b":
          contents += "\\x{8}"
          at += 2
        case "s":
          contents += Self.spaces
          at += 2
        case "S":
          contents += Self.nonSpaces
          at += 2
        default: contents += try sharedEscape() ?? ""
        }
      case "[", "^":
        // PCRE2 would take "[:" for the start of a POSIX class.
        contents += "\\\(scalar)"
        at += 1
      default:
        contents.unicodeScalars.append(scalar)
        at += 1
      }
    }
    guard peek() == "]" else { throw failure("an unclosed class") }
    at += 1
    if contents.isEmpty {
      output += isNegated ? "[\\x{0}-\\x{10ffff}]" : "(?!)"
    } else {
      output += (isNegated ? "[^" : "[") + contents + "]"
    }
  }
}
