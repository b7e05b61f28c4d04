import JSONCodec

extension InclusionProof {
  func names(_ value: JSONValue) -> Set<JSONValue> { Set(value.array ?? []) }

  func requiredNames(_ small: Conjunction) -> Set<JSONValue> {
    small.values(of: "required").reduce(into: []) { $0.formUnion(names($1.value)) }
  }

  // MARK: Arrays

  mutating func provesElements(of part: Conjunction.Part, from small: Conjunction) -> Bool {
    var single = Conjunction()
    single.append(part)
    let listed = max(single.listedElements(in: outer), small.listedElements(in: inner))
    let most = small.smallest("maxItems")?.int ?? .max
    for index in 0..<listed where Int64(index) < most {
      guard proves(small.element(index, in: inner), single.element(index, in: outer)) else { return false }
    }
    return Int64(listed) >= most || proves(small.element(nil, in: inner), single.element(nil, in: outer))
  }

  // MARK: Objects

  mutating func provesMembers(
    _ keyword: Keyword, _ value: JSONValue, of part: Conjunction.Part, from small: Conjunction
  ) -> Bool {
    switch keyword {
    case .properties:
      for (name, schema) in value.object ?? [:] {
        let place = part.pointer.appending("properties").appending(name)
        guard proves(small.member(name, in: inner), Conjunction(schema, at: place, in: outer)) else {
          return false
        }
      }
      return true
    case .patternProperties:
      for (source, schema) in value.object ?? [:] {
        let place = part.pointer.appending("patternProperties").appending(source)
        guard provesPattern(source, Conjunction(schema, at: place, in: outer), from: small) else {
          return false
        }
      }
      return true
    default: return provesAdditional(value, of: part, from: small)
    }
  }

  /// Members whose names match: those the inner schema names, and all others.
  private mutating func provesPattern(_ source: String, _ large: Conjunction, from small: Conjunction) -> Bool
  {
    if large.parts.isEmpty && !large.isImpossible && !large.hasUnfollowed { return true }
    for name in declaredNames(small) where ComparedPattern.mayMatch(source, name) {
      guard proves(small.member(name, in: inner), large) else { return false }
    }
    // The same pattern holds for every name it matches, named or not.
    for part in small.parts {
      guard let schema = part.schema["patternProperties"]?.object?[source] else { continue }
      let place = part.pointer.appending("patternProperties").appending(source)
      if proves(Conjunction(schema, at: place, in: inner), large) { return true }
    }
    return provesOthers(large, from: small)
  }

  private mutating func provesAdditional(
    _ value: JSONValue, of part: Conjunction.Part, from small: Conjunction
  ) -> Bool {
    if value == true || value == [:] { return true }
    let large = Conjunction(value, at: part.pointer.appending("additionalProperties"), in: outer)
    let named = part.schema["properties"]?.object ?? [:]
    let patterns = part.schema["patternProperties"]?.object?.keys ?? []
    for name in declaredNames(small) where named[name] == nil {
      if patterns.contains(where: { ComparedPattern.doesMatch($0, name) }) { continue }
      guard proves(small.member(name, in: inner), large) else { return false }
    }
    return provesOthers(large, from: small, except: patterns)
  }

  /// Members that no `properties` of the inner schema names: each is under a pattern of its, or under
  /// `additionalProperties`.
  private mutating func provesOthers(
    _ large: Conjunction, from small: Conjunction, except patterns: [String] = []
  ) -> Bool {
    for part in small.parts {
      guard let additional = part.schema["additionalProperties"] else { continue }
      let place = part.pointer.appending("additionalProperties")
      guard proves(Conjunction(additional, at: place, in: inner), large) else { continue }
      let others = (part.schema["patternProperties"]?.object ?? [:]).filter { !patterns.contains($0.key) }
      let areProved = others.allSatisfy { source, schema in
        proves(
          Conjunction(schema, at: part.pointer.appending("patternProperties").appending(source), in: inner),
          large)
      }
      if areProved { return true }
    }
    return false
  }

  private func declaredNames(_ small: Conjunction) -> [String] {
    small.parts.flatMap { $0.schema["properties"]?.object?.keys ?? [] }
  }
}
