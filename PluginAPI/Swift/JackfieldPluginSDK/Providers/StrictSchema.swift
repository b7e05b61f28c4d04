/// The part of JSON Schema to which a server's models can be held strictly.
public struct StrictSchema: Sendable {
  private let keywords: Set<String>
  /// Whether no property may be optional.
  private let requiresAll: Bool
  private let deepest = 10

  private static let shape: Set<String> = [
    "type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "$ref",
    "$defs",
    "title", "description", "format",
  ]
  /// OpenAI's: nothing optional, nothing besides.
  public static let openAI = StrictSchema(
    keywords: shape.union([
      "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems",
      "maxItems",
    ]), requiresAll: true)
  /// Anthropic's: nothing besides, and no bounds.
  public static let anthropic = StrictSchema(keywords: shape, requiresAll: false)

  /// - Returns: whether `schema`, as it is, is one that the server can hold a model to.
  public func allows(_ schema: JSONValue) -> Bool {
    schema["type"] == "object" && schema["anyOf"] == nil && allows(schema, depth: 1)
  }

  private func allows(_ schema: JSONValue, depth: Int) -> Bool {
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
    inner += members["anyOf"].elements
    return inner.allSatisfy { allows($0, depth: depth + 1) }
  }

  private func isClosed(_ members: [String: JSONValue]) -> Bool {
    guard members["additionalProperties"] == .bool(false) else { return false }
    guard requiresAll else { return true }
    var names: Set<String> = []
    if case .object(let properties)? = members["properties"] { names = Set(properties.keys) }
    return names == Set(members["required"].elements.map { ($0 as JSONValue?).text })
  }
}
