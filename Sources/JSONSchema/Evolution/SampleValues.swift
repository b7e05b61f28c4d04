import JSONCodec

/// Values to try two schemas with: small ones of every kind, and those just inside and just outside of what the keywords
/// of either schema say. Each comes from a keyword, so a difference between two versions is usually among them.
struct SampleValues {
  struct Sample {
    let value: JSONValue
    let document: JSONDocument

    init?(_ value: JSONValue) {
      guard let document = try? JSONDocument(parsing: value.serialized()) else { return nil }
      self.value = value
      self.document = document
    }
  }

  private static let limit = 150
  private static let depth = 4
  private let side: ComparedSchema

  static func of(_ old: ComparedSchema, _ new: ComparedSchema) -> [Sample] {
    var values: [JSONValue] = []
    for side in [old, new] {
      values += SampleValues(side: side).values(for: Conjunction(side.root, at: .root, in: side), depth: 0)
    }
    var seen: Set<JSONValue> = []
    return values.filter { seen.insert($0).inserted }.prefix(1000).compactMap { Sample($0) }
  }

  private static let ofEveryKind: [JSONValue] = [
    nil, true, false, 0, 1, 1.5, -1, "", "a", [], [:], [1], ["a": 1],
  ]

  private func values(for conjunction: Conjunction, depth: Int) -> [JSONValue] {
    var values: [JSONValue] = []
    for keyword in ["const", "default"] { values += conjunction.values(of: keyword).map(\.value) }
    for keyword in ["enum", "examples"] {
      values += conjunction.values(of: keyword).flatMap { $0.value.array ?? [] }.prefix(20)
    }
    values += numbers(conjunction) + strings(conjunction)
    for keyword in ["anyOf", "oneOf"] where depth < Self.depth {
      for (branches, pointer) in conjunction.values(of: keyword) {
        for (index, branch) in (branches.array ?? []).prefix(8).enumerated() {
          var narrowed = Conjunction(branch, at: pointer.appending(index), in: side)
          narrowed.merge(conjunction.without(["anyOf", "oneOf"]))
          values += self.values(for: narrowed, depth: depth + 1).prefix(60)
        }
      }
    }
    if depth < Self.depth { values += arrays(conjunction, depth) + objects(conjunction, depth) }
    return Array((values + Self.ofEveryKind).prefix(Self.limit))
  }

  private func numbers(_ conjunction: Conjunction) -> [JSONValue] {
    var values: [JSONValue] = []
    for keyword in ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"] {
      for bound in conjunction.values(of: keyword).map(\.value) {
        values.append(bound)
        if let integer = bound.int, integer.magnitude < 1 << 60 {
          values += [.int(integer - 1), .int(integer + 1)]
        }
        if let double = bound.double { values += [.double(double + 0.5), .double(double * 2)] }
      }
    }
    return values
  }

  private func strings(_ conjunction: Conjunction) -> [JSONValue] {
    ["minLength", "maxLength"].flatMap { keyword in
      conjunction.values(of: keyword).compactMap(\.value.int).filter { $0 < 1000 }.flatMap { count in
        [count - 1, count, count + 1].filter { $0 >= 0 }.map {
          .string(String(repeating: "a", count: Int($0)))
        }
      }
    }
  }

  private func arrays(_ conjunction: Conjunction, _ depth: Int) -> [JSONValue] {
    guard conjunction.kinds & 1 << JSONKind.array.rawValue != 0 else { return [] }
    let keywords = [
      "items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems", "contains",
    ]
    guard keywords.contains(where: { !conjunction.values(of: $0).isEmpty }) else { return [] }
    let elements = values(for: conjunction.element(nil, in: side), depth: depth + 1)
    var samples: [JSONValue] = [[]] + elements.prefix(60).map { [$0] }
    let counts = (conjunction.values(of: "minItems") + conjunction.values(of: "maxItems")).compactMap(
      \.value.int)
    for count in counts + [2] where count < 50 {
      for size in [count - 1, count, count + 1] where size >= 0 {
        samples += elements.prefix(3).map { .array(Array(repeating: $0, count: Int(size))) }
        samples.append(.array(Array(elements.prefix(Int(size)))))
      }
    }
    let listed = (0..<min(conjunction.listedElements(in: side), 8)).map { index in
      values(for: conjunction.element(index, in: side), depth: depth + 1)
    }
    guard !listed.isEmpty else { return samples }
    let first = listed.enumerated().map { index, choices in
      fitting(choices, conjunction.element(index, in: side))
    }
    samples += elements.prefix(40).map { .array(first + [$0]) }
    for (index, choices) in listed.enumerated() {
      samples += choices.prefix(20).map { choice in .array(first[..<index] + [choice] + first[(index + 1)...])
      }
    }
    return samples
  }

  /// A base with everything required, and variations of one member at a time.
  private func objects(_ conjunction: Conjunction, _ depth: Int) -> [JSONValue] {
    guard conjunction.kinds & 1 << JSONKind.object.rawValue != 0 else { return [] }
    let declared = conjunction.parts.flatMap { $0.schema["properties"]?.object?.keys ?? [] }
    let required = conjunction.values(of: "required").flatMap { $0.value.array ?? [] }.compactMap(\.string)
    let patterns = conjunction.parts.flatMap { $0.schema["patternProperties"]?.object?.keys ?? [] }
    let isOpen = conjunction.values(of: "additionalProperties").isEmpty
    guard !declared.isEmpty || !required.isEmpty || !patterns.isEmpty || !isOpen else { return [] }
    let names = (required + declared).prefix(30)
    // Names nobody declares: one that no pattern is about, and for each pattern one made from its own letters.
    let undeclared =
      ["unknown-name", "x-a"] + patterns.map { $0.filter { $0.isLetter || $0 == "-" || $0 == "_" } + "a" }
    let choices = names.map { ($0, values(for: conjunction.member($0, in: side), depth: depth + 1)) }
    var samples: [JSONValue] = []
    for base in [required, Array(names)] {
      let start = accepted(choices.filter { base.contains($0.0) }, by: conjunction)
      samples.append(start)
      for name in undeclared.prefix(10) {
        let values = values(for: conjunction.member(name, in: side), depth: depth + 1)
        samples += values.prefix(20).map { with(start, name, $0) }
      }
      for (name, values) in choices {
        samples.append(with(start, name, nil))
        samples += values.prefix(40).map { with(start, name, $0) }
      }
    }
    return samples
  }

  /// For each member a value that its own subschema accepts, where one is at hand.
  private func accepted(_ choices: [(String, [JSONValue])], by conjunction: Conjunction) -> JSONValue {
    var object = JSONObject()
    for (name, values) in choices {
      object[name] = fitting(values, conjunction.member(name, in: side))
    }
    return .object(object)
  }

  private func fitting(_ values: [JSONValue], _ conjunction: Conjunction) -> JSONValue {
    let fitting = values.prefix(60).first { value in
      conjunction.parts.allSatisfy { side.accepts([value], at: $0.pointer) }
    }
    return fitting ?? .null
  }

  private func with(_ object: JSONValue, _ name: String, _ value: JSONValue?) -> JSONValue {
    var object = object
    object[name] = value
    return object
  }
}
