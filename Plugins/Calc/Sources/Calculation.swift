/// One pass over an expression: what is read is computed at once.
///
///     sum     = product { ("+" | "-") product }
///     product = signed { ("*" | "/" | "%") signed }
///     signed  = ("-" | "+") signed | power
///     power   = operand [ ("^" | "**") signed ]         so -2^2 is -4, and 2^3^2 is 2^9
///     operand = number | constant | function "(" sum { "," sum } ")" | "(" sum ")"
package struct Calculation {
  /// Unicode scalars.
  package static let longest = 2000
  package static let deepest = 100

  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var depth = 0

  /// The value of an expression: always finite.
  package static func evaluate(_ expression: String) throws(CalculationError) -> Double {
    let scalars = Array(expression.unicodeScalars.prefix(longest + 1))
    guard scalars.count <= longest else { throw .tooLong(limit: longest) }
    var calculation = Calculation(scalars: scalars)
    let value = try calculation.sum()
    guard calculation.next == nil else { throw calculation.unexpected("an operator or the end") }
    // A double has two zeros; people have one.
    return value == 0 ? 0 : value
  }

  private init(scalars: [Unicode.Scalar]) {
    self.scalars = scalars
  }

  private mutating func sum() throws(CalculationError) -> Double {
    var value = try product()
    while let sign = next, sign == "+" || sign == "-" {
      let column = take()
      let right = try product()
      value = try finite(sign == "+" ? value + right : value - right, column)
    }
    return value
  }

  private mutating func product() throws(CalculationError) -> Double {
    var value = try signed()
    while let sign = next, sign == "*" || sign == "/" || sign == "%" {
      let column = take()
      let right = try signed()
      guard sign == "*" || right != 0 else { throw .divisionByZero(column: column) }
      switch sign {
      case "*": value = try finite(value * right, column)
      case "/": value = try finite(value / right, column)
      default: value = value.truncatingRemainder(dividingBy: right)
      }
    }
    return value
  }

  private mutating func signed() throws(CalculationError) -> Double {
    guard let sign = next, sign == "-" || sign == "+" else { return try power() }
    let column = take()
    return try nested(column) { (inner) throws(CalculationError) in
      let value = try inner.signed()
      return sign == "-" ? -value : value
    }
  }

  private mutating func power() throws(CalculationError) -> Double {
    let base = try operand()
    guard next == "^" else { return base }
    let column = take()
    let exponent = try nested(column) { (inner) throws(CalculationError) in try inner.signed() }
    if base == 0, exponent < 0 { throw .divisionByZero(column: column) }
    guard let value = Operation.power(base, exponent) else {
      throw .domain("a negative number has no fractional power", column: column)
    }
    return try finite(value, column)
  }

  private mutating func operand() throws(CalculationError) -> Double {
    guard let first = next else { throw unexpected("a number, a name or \"(\"") }
    if first == "(" {
      let column = take()
      let value = try nested(column) { (inner) throws(CalculationError) in try inner.sum() }
      try close(openedAt: column)
      return value
    }
    if first.isDigit || first == "." { return try number() }
    if first.isLetter { return try named() }
    throw unexpected("a number, a name or \"(\"")
  }

  private mutating func named() throws(CalculationError) -> Double {
    let column = position + 1
    let name = takeWhile { $0.isLetter || $0.isDigit }.lowercased()
    if let constant = Operation.constants[name] { return constant }
    guard let operation = Operation.functions[name] else { throw .unknownName(name, column: column) }
    guard next == "(" else { throw unexpected("\"(\" after \(name)") }
    let opening = take()
    let arguments = try nested(opening) { (inner) throws(CalculationError) in try inner.arguments() }
    try close(openedAt: opening)
    guard operation.arity.contains(arguments.count) else {
      throw .wrongArgumentCount(of: name, usage: operation.signature, given: arguments.count, column: column)
    }
    guard let value = operation.apply(arguments), !value.isNaN else {
      throw .domain("\(name) needs \(operation.domain)", column: column)
    }
    return try finite(value, column)
  }

  private mutating func arguments() throws(CalculationError) -> [Double] {
    guard next != ")" else { return [] }
    var values = [try sum()]
    while next == "," {
      take()
      values.append(try sum())
    }
    return values
  }

  private mutating func number() throws(CalculationError) -> Double {
    let column = position + 1
    var text = takeWhile(\.isDigit)
    if peek == "." {
      position += 1
      let fraction = takeWhile(\.isDigit)
      guard !fraction.isEmpty else {
        throw unexpected("a digit after the decimal point", skippingSpace: false)
      }
      text = (text.isEmpty ? "0" : text) + "." + fraction
    }
    if let mark = peek, mark == "e" || mark == "E", exponentFollows {
      position += 1
      text += "e"
      if let sign = peek, sign == "-" || sign == "+" {
        position += 1
        text.unicodeScalars.append(sign)
      }
      text += takeWhile(\.isDigit)
    }
    guard let value = Double(text) else { throw .overflow(column: column) }
    return try finite(value, column)
  }

  /// Whether the "e" here belongs to the number: "2e3" is one, "2e" and "2exp(1)" are not.
  private var exponentFollows: Bool {
    let rest = scalars[(position + 1)...].prefix(2)
    guard let first = rest.first else { return false }
    if first.isDigit { return true }
    return (first == "-" || first == "+") && rest.count == 2 && rest.dropFirst().allSatisfy(\.isDigit)
  }

  private mutating func nested<T>(
    _ column: Int, _ body: (inout Calculation) throws(CalculationError) -> T
  ) throws(CalculationError) -> T {
    guard depth < Self.deepest else { throw .tooDeep(limit: Self.deepest, column: column) }
    depth += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func close(openedAt column: Int) throws(CalculationError) {
    guard next == ")" else { throw unexpected("an operator or the \")\" to the \"(\" at column \(column)") }
    take()
  }

  private func finite(_ value: Double, _ column: Int) throws(CalculationError) -> Double {
    guard value.isFinite else { throw .overflow(column: column) }
    return value
  }
}

/// The tokens.
extension Calculation {
  private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  /// The next scalar that is no space, with one spelling for every operator.
  private var next: Unicode.Scalar? {
    mutating get {
      while let scalar = peek, scalar.isSpace { position += 1 }
      switch peek {
      case "\u{2212}": return "-"
      case "\u{00D7}", "\u{00B7}", "\u{22C5}": return "*"
      case "\u{00F7}": return "/"
      case "*" where position + 1 < scalars.count && scalars[position + 1] == "*": return "^"
      case let scalar: return scalar
      }
    }
  }

  /// Consumes what `next` has answered with.
  /// - Returns: Its column.
  @discardableResult
  private mutating func take() -> Int {
    let column = position + 1
    position += peek == "*" && next == "^" ? 2 : 1
    return column
  }

  private mutating func takeWhile(_ belongs: (Unicode.Scalar) -> Bool) -> String {
    var text = String.UnicodeScalarView()
    while let scalar = peek, belongs(scalar) {
      text.append(scalar)
      position += 1
    }
    return String(text)
  }

  private mutating func unexpected(_ expected: String, skippingSpace: Bool = true) -> CalculationError {
    if skippingSpace { _ = next }
    let found = peek.map { "\"\($0)\"" } ?? "the end"
    return .syntax(column: position + 1, found: found, expected: expected)
  }
}

extension Unicode.Scalar {
  /// What stands most often in an expression is above the space and below what Unicode has to be asked about.
  fileprivate var isSpace: Bool { (value <= 0x20 || value > 0x7E) && properties.isWhitespace }
  fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
  fileprivate var isLetter: Bool {
    ("a"..."z").contains(self) || ("A"..."Z").contains(self) || self == "_" || self == "π"
  }
}
