internal import JackfieldPluginSDK

/// The part of JSON Schema to which OpenAI's models are held strictly: nothing optional, nothing besides.
enum StrictSchema {
  private static let deepest = 10
  private static let keywords: Set<String> = [
    "type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "$ref",
    "$defs",
    "title", "description", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "multipleOf", "minItems", "maxItems",
  ]

  static func allows(_ schema: JSONValue) -> Bool {
    schema["type"] == "object" && schema["anyOf"] == nil && allows(schema, depth: 1)
  }

  private static func allows(_ schema: JSONValue, depth: Int) -> Bool {
    guard depth <= deepest, case .object(let members) = schema, members.keys.allSatisfy(keywords.contains)
    else { return false }
    if members["type"] == "object" || members["properties"] != nil {
      guard isClosed(members) else { return false }
    }
    var inner: [JSONValue] = []
    for key in ["properties", "$defs"] {
      if case .object(let schemas)? = members[key] { inner += schemas.values }
    }
    if let items = members["items"] { inner.append(items) }
    if case .array(let schemas)? = members["anyOf"] { inner += schemas }
    return inner.allSatisfy { allows($0, depth: depth + 1) }
  }

  private static func isClosed(_ members: [String: JSONValue]) -> Bool {
    guard members["additionalProperties"] == .bool(false) else { return false }
    var names: Set<String> = []
    if case .object(let properties)? = members["properties"] { names = Set(properties.keys) }
    var required: Set<String> = []
    if case .array(let listed)? = members["required"] {
      for case .string(let name) in listed { required.insert(name) }
    }
    return names == required
  }
}
