/// JSON that is being written: unlike `JSONValue` it keeps the order of its members, so that a descriptor is the same
/// bytes every time it is made.
indirect enum JSONDocument {
  case null
  case bool(Bool)
  case integer(Int64)
  case string(String)
  case array([JSONDocument])
  case object([(key: String, value: JSONDocument)])
  /// Text that is known to be JSON.
  case verbatim(String)

  var hasObjectType: Bool {
    guard case .object(let members) = self else { return false }
    return members.contains { member in
      if case ("type", .string("object")) = (member.key, member.value) { true } else { false }
    }
  }

  var text: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .string(let value): Self.quoted(value)
    case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { Self.quoted($0.key) + ":" + $0.value.text }.joined(separator: ",") + "}"
    case .verbatim(let text): text
    }
  }

  static func quoted(_ string: String) -> String {
    var result = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case "\u{0}"..<"\u{20}":
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
