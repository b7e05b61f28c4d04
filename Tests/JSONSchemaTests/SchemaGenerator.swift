import JSONCodec

/// Random schemas and instances over a small alphabet, so that they often have to do with each other.
struct SchemaGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }

  private static let names = ["a", "b", "x-c"]
  private static let scalars: [JSONValue] = [nil, true, false, 0, 1, 2, 3, 5, 1.5, -1, "", "a", "b", "abc"]

  mutating func instance(depth: Int) -> JSONValue {
    guard depth > 0, next(3) > 0 else { return Self.scalars[next(Self.scalars.count)] }
    if next(2) == 0 { return .array((0..<next(4)).map { _ in instance(depth: depth - 1) }) }
    var members = JSONObject()
    for _ in 0..<next(4) { members[Self.names[next(3)]] = instance(depth: depth - 1) }
    return .object(members)
  }

  mutating func schema(depth: Int) -> JSONValue {
    if next(12) == 0 { return .bool(next(4) > 0) }
    var schema = JSONObject()
    for _ in 0..<1 + next(3) { addKeyword(to: &schema, depth: depth) }
    return .object(schema)
  }

  private mutating func addKeyword(to schema: inout JSONObject, depth: Int) {
    switch next(depth > 0 ? 26 : 14) {
    case 0, 1, 2: schema["type"] = type()
    case 3: schema["minimum"] = .int(next(4))
    case 4: schema["maximum"] = .int(next(5))
    case 5: schema["exclusiveMinimum"] = .int(next(3))
    case 6: schema["multipleOf"] = .int(1 + next(3))
    case 7: schema["maxLength"] = .int(next(4))
    case 8: schema["minLength"] = .int(next(3))
    case 9: schema["enum"] = .array((0..<1 + next(3)).map { _ in Self.scalars[next(Self.scalars.count)] })
    case 10: schema["required"] = [.string(Self.names[next(3)])]
    case 11: schema["maxItems"] = .int(next(4))
    case 12: schema["minProperties"] = .int(next(3))
    case 13: schema["pattern"] = next(2) == 0 ? "^a" : "b"
    case 14, 15, 16: schema["properties"] = .object(members(depth))
    case 17: schema["additionalProperties"] = self.schema(depth: depth - 1)
    case 18: schema["patternProperties"] = ["^x-": self.schema(depth: depth - 1)]
    case 19, 20: schema["items"] = self.schema(depth: depth - 1)
    case 21: schema["prefixItems"] = [self.schema(depth: depth - 1)]
    case 22: schema["anyOf"] = branches(depth)
    case 23: schema["allOf"] = branches(depth)
    case 24: schema["not"] = self.schema(depth: depth - 1)
    default: schema["oneOf"] = branches(depth)
    }
  }

  private mutating func type() -> JSONValue {
    let types: [JSONValue] = ["null", "boolean", "integer", "number", "string", "array", "object"]
    return next(3) > 0 ? types[next(7)] : [types[next(3)], types[3 + next(4)]]
  }

  private mutating func members(_ depth: Int) -> JSONObject {
    var members = JSONObject()
    for _ in 0..<1 + next(2) { members[Self.names[next(3)]] = schema(depth: depth - 1) }
    return members
  }

  private mutating func branches(_ depth: Int) -> JSONValue {
    .array((0..<1 + next(2)).map { _ in schema(depth: depth - 1) })
  }

  /// The same with one keyword added, replaced or taken away somewhere.
  mutating func mutated(_ schema: JSONValue) -> JSONValue {
    guard case .object(var keywords) = schema else { return self.schema(depth: 1) }
    let keys = keywords.keys
    if !keys.isEmpty, next(2) == 0 {
      let key = keys[next(keys.count)]
      switch keywords[key] {
      case .object(var members)? where key == "properties" && !members.isEmpty:
        let name = members.keys[next(members.count)]
        members[name] = mutated(members[name] ?? true)
        keywords[key] = .object(members)
      case .object(let inner)? where ["items", "additionalProperties", "not"].contains(key):
        keywords[key] = mutated(.object(inner))
      case .number(let number)?:
        keywords[key] = .int(max((number.int ?? 0) + Int64(next(3)) - 1, key == "multipleOf" ? 1 : 0))
      default: keywords[key] = nil
      }
    } else {
      addKeyword(to: &keywords, depth: 1)
    }
    return .object(keywords)
  }
}
