import JSONCodec

/// What an unquoted scalar means by the core schema of YAML 1.2: `no`, `on` and `0777` are no booleans and no octal
/// number; `~` is null.
///
/// - Returns: nil for `.inf` and `.nan`, which JSON cannot say.
func plainScalar(_ text: String) -> ManifestNode.Content? {
  switch text {
  case "", "~", "null", "Null", "NULL": return .null
  case "true", "True", "TRUE": return .bool(true)
  case "false", "False", "FALSE": return .bool(false)
  default: break
  }
  guard let first = text.utf8.first, "+-.0123456789".utf8.contains(first) else { return .string(text) }
  let unsigned =
    text.utf8.first == UInt8(ascii: "+") || text.utf8.first == UInt8(ascii: "-")
    ? text.dropFirst() : text[...]
  if [".inf", ".Inf", ".INF"].contains(unsigned) || [".nan", ".NaN", ".NAN"].contains(text) { return nil }
  if let integer = prefixedInteger(text) { return .number(JSONNumber(integer)) }
  if let number = decimal(text) { return .number(number) }
  return .string(text)
}

/// `0o17`, `0xFF`; without a sign, and as far as 64 bits go.
private func prefixedInteger(_ text: String) -> Int64? {
  for (prefix, radix) in [("0o", 8), ("0x", 16)] where text.hasPrefix(prefix) {
    let digits = text.dropFirst(2)
    // Int64(_:radix:) would take a sign here.
    guard digits.utf8.first.map({ $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "+") }) ?? false else {
      return nil
    }
    return Int64(digits, radix: radix)
  }
  return nil
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, put as JSON writes it: `+1` is 1, `.5` is 0.5, `007` is 7.
private func decimal(_ text: String) -> JSONNumber? {
  var rest = text[...]
  func digits() -> Substring {
    let run = rest.prefix { $0.isASCII && $0.isNumber }
    rest = rest.dropFirst(run.count)
    return run
  }
  let sign = rest.first == "-" ? "-" : ""
  if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
  let whole = digits()
  var fraction: Substring = ""
  if rest.first == "." {
    rest = rest.dropFirst()
    fraction = digits()
  }
  guard !whole.isEmpty || !fraction.isEmpty else { return nil }
  var exponent = ""
  if rest.first == "e" || rest.first == "E" {
    rest = rest.dropFirst()
    exponent = "e"
    if rest.first == "-" || rest.first == "+" { exponent.append(rest.removeFirst()) }
    let power = digits()
    guard !power.isEmpty else { return nil }
    exponent += power
  }
  guard rest.isEmpty else { return nil }
  let trimmed = whole.drop { $0 == "0" }
  return JSONNumber(
    text: sign + (trimmed.isEmpty ? "0" : trimmed) + (fraction.isEmpty ? "" : "." + fraction) + exponent)
}
