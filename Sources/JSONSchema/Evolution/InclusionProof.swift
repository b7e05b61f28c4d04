import JSONCodec

/// Tries to prove that every value one schema accepts is accepted by another: keyword by keyword of the outer schema,
/// from what the inner one asks. Keywords of the inner schema that are not understood only make it smaller, so they can
/// be left aside; one of the outer schema has to occur in the inner one just so.
struct InclusionProof {
  let inner: ComparedSchema
  let outer: ComparedSchema
  private var unproved: [(inner: JSONPointer, outer: JSONPointer)] = []
  /// Pairs being proved: a recursive schema meets itself again one level further down, and may rely on it there.
  private var assumed: Set<Pair> = []
  private var steps = 0
  /// Alternatives of alternatives multiply; what takes longer stays open.
  private static let stepLimit = 4000

  /// By what they say, not by where they stand: a part whose alternatives are being tried is no longer the same.
  private struct Pair: Hashable {
    var inner: [JSONObject]
    var outer: [JSONObject]
  }

  init(inner: ComparedSchema, outer: ComparedSchema) {
    self.inner = inner
    self.outer = outer
  }

  mutating func isIncluded() -> Bool {
    // Under a dialect without these, the keywords that a proof starts from mean nothing.
    guard inner.rules.vocabularies.isSuperset(of: [.applicator, .validation]) else { return false }
    return proves(
      Conjunction(inner.root, at: .root, in: inner), Conjunction(outer.root, at: .root, in: outer))
  }

  /// Where the proof failed.
  func failures(inNew newIsOuter: Bool) -> [JSONPointer] {
    var seen: Set<JSONPointer> = []
    return unproved.map { newIsOuter ? $0.outer : $0.inner }.filter { seen.insert($0).inserted }
  }

  private mutating func fails(_ small: Conjunction, _ place: JSONPointer) -> Bool {
    unproved.append((small.parts.first?.pointer ?? .root, place))
    return false
  }

  mutating func proves(_ small: Conjunction, _ large: Conjunction) -> Bool {
    steps += 1
    guard steps < Self.stepLimit else { return false }
    if small.kinds == 0 { return true }
    if large.isImpossible || large.hasUnfollowed { return fails(small, large.parts.first?.pointer ?? .root) }
    // The same pair again means a child: references that lead nowhere deeper have been refused by the compiler.
    let pair = Pair(inner: small.parts.map(\.schema), outer: large.parts.map(\.schema))
    guard assumed.insert(pair).inserted else { return true }
    defer { assumed.remove(pair) }
    if let values = small.finiteValues ?? small.literals, values.count <= 1000 {
      let isProved = large.parts.allSatisfy { outer.accepts(values, at: $0.pointer) }
      return isProved ? true : fails(small, large.parts.first?.pointer ?? .root)
    }
    // One pass that fails says where; when the alternatives succeed one by one, that does not matter any more.
    let known = unproved.count
    var isProved = true
    for part in large.parts { isProved = provesKeywords(of: part, from: small) && isProved }
    if isProved { return true }
    guard steps < Self.stepLimit,
      alternatives(of: small).contains(where: { each in each.allSatisfy { provesApart($0, large) } })
    else {
      return false
    }
    unproved.removeSubrange(known...)
    return true
  }

  /// Every way to see a schema as several that are smaller: by its `anyOf`, by its `oneOf`, by its types.
  private func alternatives(of small: Conjunction) -> [[Conjunction]] {
    var splits: [[Conjunction]] = []
    for (index, part) in small.parts.enumerated() {
      for keyword in ["anyOf", "oneOf"] {
        guard let branches = part.schema[keyword]?.array, branches.count <= 16 else { continue }
        splits.append(
          branches.enumerated().map { position, branch in
            let place = part.pointer.appending(keyword).appending(position)
            var narrowed = small.dropping(keyword, from: index)
            narrowed.merge(Conjunction(branch, at: place, in: inner))
            return narrowed
          })
      }
    }
    for (index, part) in small.parts.enumerated() {
      guard let types = part.schema["type"]?.array, types.count > 1 else { continue }
      splits.append(
        types.map { type in
          var narrowed = small.dropping("type", from: index)
          let place = part.pointer.appending("type").appending(type.string ?? "")
          narrowed.merge(Conjunction(["type": type], at: place, in: inner))
          return narrowed
        })
    }
    return splits
  }

  /// A proof whose failures are not reported.
  private mutating func provesApart(_ small: Conjunction, _ large: Conjunction) -> Bool {
    var attempt = self
    let isProved = attempt.proves(small, large)
    steps = attempt.steps
    return isProved
  }

  private mutating func provesKeywords(
    of part: Conjunction.Part, from small: Conjunction
  ) -> Bool {
    var isProved = true
    for (name, value) in part.schema {
      guard let keyword = Keyword.named(name, under: outer.rules) else { continue }
      let known = unproved.count
      if provesKeyword(keyword, value, of: part, from: small) { continue }
      isProved = false
      // What failed further down has said so itself.
      if unproved.count > known { continue }
      unproved.append((small.parts.first?.pointer ?? .root, part.pointer.appending(name)))
    }
    return isProved
  }

  private mutating func provesKeyword(
    _ keyword: Keyword, _ value: JSONValue, of part: Conjunction.Part, from small: Conjunction
  ) -> Bool {
    switch keyword {
    case .type: return provesType(value, from: small)
    case .const, .enum: return false  // a finite inner schema has been dealt with
    case .minimum, .exclusiveMinimum, .maximum, .exclusiveMaximum, .multipleOf:
      return lacks(.number, small) || provesBound(keyword, value, from: small)
    case .minLength, .maxLength: return lacks(.string, small) || provesCount(keyword, value, from: small)
    case .pattern: return lacks(.string, small) || isRepeated(keyword, value, in: small)
    case .format:
      return !outer.assertsFormat || lacks(.string, small)
        || (inner.assertsFormat && isRepeated(keyword, value, in: small))
    case .minItems, .maxItems: return lacks(.array, small) || provesCount(keyword, value, from: small)
    case .uniqueItems: return value == false || lacks(.array, small) || isRepeated(keyword, value, in: small)
    case .prefixItems, .items, .additionalItems:
      return lacks(.array, small) || provesElements(of: part, from: small)
    case .minProperties, .maxProperties:
      return lacks(.object, small) || provesCount(keyword, value, from: small)
    case .required: return lacks(.object, small) || requiredNames(small).isSuperset(of: names(value))
    case .properties, .patternProperties, .additionalProperties:
      return lacks(.object, small) || provesMembers(keyword, value, of: part, from: small)
    case .anyOf: return provesAnyOf(value, at: part.pointer.appending("anyOf"), from: small)
    case .allOf, .ref: return true  // among the parts
    case .then, .else, .minContains, .maxContains: return true  // with `if` and `contains`
    default: return isAnnotation(keyword) || isSelfContainedRepetition(keyword, value, of: part, in: small)
    }
  }

  private func isAnnotation(_ keyword: Keyword) -> Bool {
    switch keyword {
    case .id, .schema, .anchor, .dynamicAnchor, .recursiveAnchor, .vocabulary, .defs, .definitions,
      .writeOnly,
      .sensitive, .default, .title, .description, .deprecated, .readOnly, .examples, .contentEncoding,
      .contentMediaType, .contentSchema:
      true
    default: false
    }
  }

  private func lacks(_ kind: JSONKind, _ small: Conjunction) -> Bool { small.kinds & 1 << kind.rawValue == 0 }

  /// The same keyword with the same value applies in the inner schema too.
  private func isRepeated(_ keyword: Keyword, _ value: JSONValue, in small: Conjunction) -> Bool {
    small.values(of: keyword.rawValue).contains { $0.value == value }
  }

  /// The same for keywords whose meaning depends on their neighbours, or on what references in them lead to.
  private func isSelfContainedRepetition(
    _ keyword: Keyword, _ value: JSONValue, of part: Conjunction.Part, in small: Conjunction
  ) -> Bool {
    guard !value.mentionsReference, inner.rules.dialect == outer.rules.dialect else { return false }
    switch keyword {
    case .if, .contains:
      let neighbours = keyword == .if ? ["then", "else"] : ["minContains", "maxContains"]
      return small.parts.contains { candidate in
        candidate.schema[keyword.rawValue] == value
          && neighbours.allSatisfy { name in
            candidate.schema[name] == part.schema[name] && !(part.schema[name]?.mentionsReference ?? false)
          }
      }
    case .unevaluatedItems, .unevaluatedProperties:
      return small.parts.contains { $0.schema == part.schema }
        && !JSONValue.object(part.schema).mentionsReference
    default: return isRepeated(keyword, value, in: small)
    }
  }

  // MARK: Scalars

  private func provesType(_ value: JSONValue, from small: Conjunction) -> Bool {
    guard small.kinds & ~Conjunction.kinds(named: value) == 0 else { return false }
    let names = value.array ?? [value]
    guard names.contains("integer"), !names.contains("number"), !lacks(.number, small) else { return true }
    return small.isIntegerOnly || small.values(of: "multipleOf").contains { $0.value.int != nil }
  }

  private func provesBound(_ keyword: Keyword, _ value: JSONValue, from small: Conjunction) -> Bool {
    guard let bound = value.number else { return false }
    switch keyword {
    case .minimum, .exclusiveMinimum:
      if let strict = small.largest("exclusiveMinimum"), strict.compared(to: bound) >= 0 { return true }
      guard let least = small.largest("minimum") else { return false }
      return least.compared(to: bound) > (keyword == .minimum ? -1 : 0)
    case .maximum, .exclusiveMaximum:
      if let strict = small.smallest("exclusiveMaximum"), strict.compared(to: bound) <= 0 { return true }
      guard let most = small.smallest("maximum") else { return false }
      return most.compared(to: bound) < (keyword == .maximum ? 1 : 0)
    default:
      let steps =
        small.values(of: "multipleOf").compactMap(\.value.number)
        + (small.isIntegerOnly ? [JSONNumber(1)] : [])
      return steps.contains { step in
        step.withDecimal { step in bound.withDecimal { step.isMultiple(of: $0) } }
      }
    }
  }

  private func provesCount(_ keyword: Keyword, _ value: JSONValue, from small: Conjunction) -> Bool {
    guard let bound = value.number else { return false }
    switch keyword {
    case .minLength, .minItems, .minProperties:
      if bound.compared(to: JSONNumber(0)) <= 0 { return true }
      if keyword == .minProperties, JSONNumber(requiredNames(small).count).compared(to: bound) >= 0 {
        return true
      }
      return (small.largest(keyword.rawValue)?.compared(to: bound) ?? -1) >= 0
    default: return (small.smallest(keyword.rawValue)?.compared(to: bound) ?? 1) <= 0
    }
  }

  // MARK: Branches

  /// One alternative that takes everything is enough. Alternatives of the inner schema are tried one by one later.
  private mutating func provesAnyOf(_ value: JSONValue, at pointer: JSONPointer, from small: Conjunction)
    -> Bool
  {
    (value.array ?? []).enumerated().contains { index, branch in
      provesApart(small, Conjunction(branch, at: pointer.appending(index), in: outer))
    }
  }
}

extension JSONValue {
  /// Something in it is looked up elsewhere.
  var mentionsReference: Bool {
    switch self {
    case .object(let members):
      members.keys.contains { $0 == "$ref" || $0 == "$dynamicRef" || $0 == "$recursiveRef" }
        || members.values.contains { $0.mentionsReference }
    case .array(let elements): elements.contains { $0.mentionsReference }
    default: false
    }
  }
}
