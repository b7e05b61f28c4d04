import JSONCodec

/// Subschemas that a value has to pass all together, references and `allOf` followed: what is compared.
struct Conjunction {
  /// One of the subschemas, with where it stands in its document.
  struct Part {
    var schema: JSONObject
    var pointer: JSONPointer
  }

  private(set) var parts: [Part] = []
  /// One of them is `false`.
  private(set) var isImpossible = false
  /// Something applies that is not followed: a reference out of the document, or one that is decided at run time.
  private(set) var hasUnfollowed = false

  init() {}

  init(_ schema: JSONValue, at pointer: JSONPointer, in side: ComparedSchema) {
    add(schema, at: pointer, in: side, depth: 0)
  }

  mutating func add(_ schema: JSONValue, at pointer: JSONPointer, in side: ComparedSchema, depth: Int = 0) {
    guard depth < 64 else {
      hasUnfollowed = true
      return
    }
    switch schema {
    case .bool(let accepts): if !accepts { isImpossible = true }
    case .object(let keywords): add(keywords, at: pointer, in: side, depth)
    default: hasUnfollowed = true
    }
  }

  private mutating func add(
    _ keywords: JSONObject, at pointer: JSONPointer, in side: ComparedSchema, _ depth: Int
  ) {
    // References inside lead elsewhere than they seem to.
    guard pointer.tokens.isEmpty || keywords["$id"] == nil else {
      hasUnfollowed = true
      return
    }
    if let reference = keywords["$ref"] {
      follow(reference, in: side, depth)
      if side.rules.dialect == .draft07 { return }
    }
    if keywords["$dynamicRef"] != nil || keywords["$recursiveRef"] != nil { hasUnfollowed = true }
    for (index, branch) in (keywords["allOf"]?.array ?? []).enumerated() {
      add(branch, at: pointer.appending("allOf").appending(index), in: side, depth: depth + 1)
    }
    parts.append(Part(schema: keywords, pointer: pointer))
  }

  private mutating func follow(_ reference: JSONValue, in side: ComparedSchema, _ depth: Int) {
    guard let text = reference.string, text.hasPrefix("#"), text == "#" || text.hasPrefix("#/"),
      let fragment = URIReference.percentDecoded(text.dropFirst()),
      let pointer = try? JSONPointer(parsing: fragment),
      let target = side.root[pointer], !side.hasResource(above: pointer)
    else {
      hasUnfollowed = true
      return
    }
    add(target, at: pointer, in: side, depth: depth + 1)
  }

  mutating func merge(_ other: Conjunction) {
    parts += other.parts
    isImpossible = isImpossible || other.isImpossible
    hasUnfollowed = hasUnfollowed || other.hasUnfollowed
  }

  mutating func append(_ part: Part) { parts.append(part) }

  /// For values to try: what is left of it when some keywords are not looked at.
  func without(_ keywords: [String]) -> Conjunction {
    var rest = self
    for index in rest.parts.indices {
      for keyword in keywords { rest.parts[index].schema[keyword] = nil }
    }
    return rest
  }

  /// Without `keyword` in one of the parts, something else standing for it.
  func dropping(_ keyword: String, from index: Int) -> Conjunction {
    var rest = self
    rest.parts[index].schema[keyword] = nil
    return rest
  }

  func values(of keyword: String) -> [(value: JSONValue, pointer: JSONPointer)] {
    parts.compactMap { part in part.schema[keyword].map { ($0, part.pointer.appending(keyword)) } }
  }

  /// Kinds a value may have, as bits, whole numbers aside.
  var kinds: UInt8 {
    var kinds = PlanNode.everyType
    for (value, _) in values(of: "type") { kinds &= Self.kinds(named: value) }
    if let values = finiteValues { kinds &= values.reduce(0) { $0 | 1 << $1.kind.rawValue } }
    return isImpossible ? 0 : kinds
  }

  var isIntegerOnly: Bool {
    values(of: "type").contains { value, _ in
      let names = value.array ?? [value]
      return names.contains("integer") && !names.contains("number")
    }
  }

  static func kinds(named value: JSONValue) -> UInt8 {
    let names: [(String, JSONKind)] = [
      ("null", .null), ("boolean", .bool), ("number", .number), ("integer", .number), ("string", .string),
      ("array", .array), ("object", .object),
    ]
    let listed = (value.array ?? [value]).compactMap(\.string)
    return names.reduce(0) { listed.contains($1.0) ? $0 | 1 << $1.1.rawValue : $0 }
  }

  /// Every value it can have, when `const` or `enum` lists them.
  var finiteValues: [JSONValue]? {
    var lists = values(of: "const").map { [$0.value] }
    lists += values(of: "enum").compactMap(\.value.array)
    guard let first = lists.first else { return nil }
    return first.filter { value in lists.dropFirst().allSatisfy { $0.contains(value) } }
  }

  /// The values of a type that has only a few.
  var literals: [JSONValue]? {
    let null: UInt8 = 1 << JSONKind.null.rawValue
    let bool: UInt8 = 1 << JSONKind.bool.rawValue
    guard kinds & ~(null | bool) == 0 else { return nil }
    return (kinds & null != 0 ? [nil] : []) + (kinds & bool != 0 ? [true, false] : [])
  }

  /// The strictest bound among those of `keyword`.
  func largest(_ keyword: String) -> JSONNumber? {
    values(of: keyword).compactMap(\.value.number).max { $0.compared(to: $1) < 0 }
  }

  func smallest(_ keyword: String) -> JSONNumber? {
    values(of: keyword).compactMap(\.value.number).min { $0.compared(to: $1) < 0 }
  }

  // MARK: Children

  /// What it asks of the member called `name`.
  func member(_ name: String, in side: ComparedSchema) -> Conjunction {
    var member = Conjunction()
    for part in parts {
      var isNamed = false
      if let schema = part.schema["properties"]?.object?[name] {
        member.add(schema, at: part.pointer.appending("properties").appending(name), in: side)
        isNamed = true
      }
      for (source, schema) in part.schema["patternProperties"]?.object ?? [:]
      where ComparedPattern.mayMatch(source, name) {
        // Whether a pattern that may match really applies only makes a difference to what stays unproved.
        if ComparedPattern.doesMatch(source, name) {
          member.add(schema, at: part.pointer.appending("patternProperties").appending(source), in: side)
        }
        isNamed = true
      }
      if !isNamed, let schema = part.schema["additionalProperties"] {
        member.add(schema, at: part.pointer.appending("additionalProperties"), in: side)
      }
    }
    return member
  }

  /// What it asks of members that no part names.
  func otherMembers(in side: ComparedSchema) -> Conjunction {
    var others = Conjunction()
    for part in parts where part.schema["patternProperties"]?.object?.isEmpty ?? true {
      if let schema = part.schema["additionalProperties"] {
        others.add(schema, at: part.pointer.appending("additionalProperties"), in: side)
      }
    }
    return others
  }

  /// What it asks of the element at `index`; beyond every list for `nil`.
  func element(_ index: Int?, in side: ComparedSchema) -> Conjunction {
    var element = Conjunction()
    let isLatest = side.rules.dialect == .draft202012
    for part in parts {
      let listName = isLatest ? "prefixItems" : "items"
      let listed = part.schema[listName]?.array
      let restName = isLatest || listed == nil ? "items" : "additionalItems"
      if let index, let listed, index < listed.count {
        element.add(listed[index], at: part.pointer.appending(listName).appending(index), in: side)
      } else if let rest = part.schema[restName], rest.array == nil {
        element.add(rest, at: part.pointer.appending(restName), in: side)
      }
    }
    return element
  }

  func listedElements(in side: ComparedSchema) -> Int {
    let name = side.rules.dialect == .draft202012 ? "prefixItems" : "items"
    return parts.map { $0.schema[name]?.array?.count ?? 0 }.max() ?? 0
  }
}

enum ComparedPattern {
  /// What cannot be decided may match.
  static func mayMatch(_ source: String, _ name: String) -> Bool { outcome(source, name) != .doesNotMatch }
  static func doesMatch(_ source: String, _ name: String) -> Bool { outcome(source, name) == .matches }

  private static func outcome(_ source: String, _ name: String) -> PatternOutcome {
    guard let pattern = try? Pattern(source) else { return .exceedsLimit }
    return pattern.match(name)
  }
}
