import JackfieldPluginSDK

/// A value of the form of a schema, as far as a few keywords go: enough for the arguments of most tools.
struct Sample {
  let json: String

  init(of schema: JSONValue, _ number: Int) { json = Sample.value(schema, number).json }

  private static func value(_ schema: JSONValue, _ number: Int) -> JSONValue {
    if let constant = schema["const"] { return constant }
    if case .array(let choices)? = schema["enum"], let first = choices.first { return first }
    switch type(of: schema) {
    case "string": return .string("x\(number)")
    case "integer": return .integer(Int64(number))
    case "number": return .number(Double(number) + 0.5)
    case "boolean": return .bool(true)
    case "array": return .array([])
    case "null": return .null
    default: return object(schema, number)
    }
  }

  private static func object(_ schema: JSONValue, _ number: Int) -> JSONValue {
    guard case .array(let required)? = schema["required"] else { return .object([:]) }
    var members: [String: JSONValue] = [:]
    for case .string(let name) in required {
      members[name] = value(schema["properties"]?[name] ?? .object([:]), number)
    }
    return .object(members)
  }

  private static func type(of schema: JSONValue) -> String {
    switch schema["type"] {
    case .string(let name)?: name
    case .array(let names)?: if case .string(let name)? = names.first { name } else { "object" }
    default: "object"
    }
  }
}

extension JSONValue {
  subscript(name: String) -> JSONValue? { members[name] }

  var members: [String: JSONValue] { if case .object(let members) = self { members } else { [:] } }
}

/// SplitMix64: the same seed, the same numbers, on every machine.
struct SeededNumbers {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
  }
}
