import JSONCodec

extension Examination {
  /// Rules for numbers, strings, arrays and objects.
  mutating func explain(
    _ rule: PlanRule, of id: NodeID, _ index: Int, _ frame: EvaluationMarks.Frame
  ) -> [Finding] {
    switch rule.operation {
    case .minimum: [finding(.minimum, id, index, .bound(plan.bounds[rule.a]))]
    case .maximum: [finding(.maximum, id, index, .bound(plan.bounds[rule.a]))]
    case .exclusiveMinimum: [finding(.exclusiveMinimum, id, index, .bound(plan.bounds[rule.a]))]
    case .exclusiveMaximum: [finding(.exclusiveMaximum, id, index, .bound(plan.bounds[rule.a]))]
    case .multipleOf: [finding(.multipleOf, id, index, .bound(plan.bounds[rule.a]))]
    case .minLength: [finding(.minLength, id, index, .length(rule.a))]
    case .maxLength: [finding(.maxLength, id, index, .length(rule.a))]
    case .minItems: [finding(.minItems, id, index, .length(rule.a))]
    case .maxItems: [finding(.maxItems, id, index, .length(rule.a))]
    case .minProperties: [finding(.minProperties, id, index, .length(rule.a))]
    case .maxProperties: [finding(.maxProperties, id, index, .length(rule.a))]
    case .pattern: [finding(.pattern, id, index, .pattern(rule.a))]
    case .format: StringFormat(number: rule.a).map { [finding(.format, id, index, .format($0))] } ?? []
    case .uniqueItems:
      UniqueItems.firstRepeated(index, in: tape).map { [finding(.uniqueItems, id, index, .repeatedItem($0))] }
        ?? []
    case .elements: explainElements(rule, index)
    case .contains: explainContains(rule, of: id, index)
    case .unevaluatedItems: explainUnevaluatedItems(rule, of: id, index, frame)
    case .members: explainMembers(plan.members[rule.a], of: id, index)
    case .required: [finding(.required, id, index, .missing([plan.keys[rule.a]], becauseOf: nil))]
    case .dependentRequired: explainDependentRequired(rule, of: id, index)
    case .dependentSchema: descend(rule.b, index)
    case .unevaluatedProperties: explainUnevaluatedProperties(rule, of: id, index, frame)
    default: []
    }
  }

  // MARK: Arrays

  private mutating func explainElements(_ rule: PlanRule, _ index: Int) -> [Finding] {
    var findings: [Finding] = []
    var child = index + 1
    var position = 0
    while child < tape.next(after: index), count < Self.limit {
      let node = position < Int(rule.b) ? plan.lists[rule.a + UInt32(position)] : rule.c
      if node != PlanNode.none, !validator.accepts(node, child) {
        // `false` after the listed elements: the array is too long, not the element wrong.
        if plan.nodes[node].types == 0 {
          let origin = owner.origins[Int(node)]
          let keyword = Keyword(rawValue: origin.keyword) ?? .items
          findings.append(finding(keyword, origin.parent, index, .unknownItem(child)))
        } else {
          findings += descend(node, child)
        }
      }
      child = tape.next(after: child)
      position += 1
    }
    return findings
  }

  private mutating func explainContains(_ rule: PlanRule, of id: NodeID, _ index: Int) -> [Finding] {
    var found = 0
    var child = index + 1
    while child < tape.next(after: index) {
      if validator.accepts(rule.a, child) { found += 1 }
      child = tape.next(after: child)
    }
    if found > Int(rule.c) { return [finding(.maxContains, id, index, .tooManyContained(most: rule.c))] }
    return [finding(.contains, id, index, .tooFewContained(found: found, least: rule.b))]
  }

  private mutating func explainUnevaluatedItems(
    _ rule: PlanRule, of id: NodeID, _ index: Int, _ frame: EvaluationMarks.Frame
  ) -> [Finding] {
    var findings: [Finding] = []
    var child = index + 1
    var position = 0
    while child < tape.next(after: index), count < Self.limit {
      if !validator.marks.isMarked(position, in: frame), !validator.accepts(rule.a, child) {
        if plan.nodes[rule.a].types == 0 {
          findings.append(finding(.unevaluatedItems, id, index, .unknownItem(child)))
        } else {
          findings += descend(rule.a, child)
        }
      }
      child = tape.next(after: child)
      position += 1
    }
    return findings
  }

  // MARK: Objects

  private mutating func explainMembers(_ members: PlanMembers, of id: NodeID, _ index: Int) -> [Finding] {
    var findings: [Finding] = []
    var found: UInt64 = 0
    var key = index + 1
    while key < tape.next(after: index) {
      findings += explainMember(members, of: id, index, key, &found)
      key = tape.next(after: key + 1)
    }
    let missing = missingKeys(of: members, found)
    if !missing.isEmpty { findings.append(finding(.required, id, index, .missing(missing, becauseOf: nil))) }
    return findings
  }

  private mutating func explainMember(
    _ members: PlanMembers, of id: NodeID, _ index: Int, _ key: Int, _ found: inout UInt64
  ) -> [Finding] {
    var findings: [Finding] = []
    var isEvaluated = false
    if members.hasTable, let property = validator.property(in: members, ofKeyAt: key) {
      found |= property.requiredBit
      if property.isDeclared {
        isEvaluated = true
        if !validator.accepts(property.node, key + 1) { findings += descend(property.node, key + 1) }
      }
    }
    guard count < Self.limit else { return findings }
    for place in 0..<members.patternCount
    where validator.matches(plan.lists[members.patterns + 2 * place], key) {
      isEvaluated = true
      let node = plan.lists[members.patterns + 2 * place + 1]
      if !validator.accepts(node, key + 1) { findings += descend(node, key + 1) }
    }
    if !isEvaluated, members.additional != PlanNode.none, !validator.accepts(members.additional, key + 1) {
      if plan.nodes[members.additional].types == 0 {
        let known = declaredNames(of: id)
        findings.append(finding(.additionalProperties, id, index, .unknownProperty(key: key, known: known)))
      } else {
        findings += descend(members.additional, key + 1)
      }
    }
    if members.names != PlanNode.none, !validator.accepts(members.names, key) {
      findings.append(finding(.propertyNames, id, index, .badName(key: key), descend(members.names, key)))
    }
    return findings
  }

  private func missingKeys(of members: PlanMembers, _ found: UInt64) -> [PlanKey] {
    guard members.hasTable else { return [] }
    let missing = members.required & ~found
    let all = (members.table...members.table + members.mask).map { plan.properties[$0] }
    return all.filter { $0.requiredBit & missing != 0 }.sorted { $0.requiredBit < $1.requiredBit }.map(\.key)
  }

  private mutating func explainDependentRequired(_ rule: PlanRule, of id: NodeID, _ index: Int) -> [Finding] {
    let listed = (0..<rule.c).map { plan.lists[rule.b + $0] }
    let missing = listed.filter { validator.value(of: $0, index) == nil }.map { plan.keys[$0] }
    return [finding(.dependentRequired, id, index, .missing(missing, becauseOf: plan.keys[rule.a]))]
  }

  private mutating func explainUnevaluatedProperties(
    _ rule: PlanRule, of id: NodeID, _ index: Int, _ frame: EvaluationMarks.Frame
  ) -> [Finding] {
    var findings: [Finding] = []
    var key = index + 1
    var position = 0
    while key < tape.next(after: index), count < Self.limit {
      if !validator.marks.isMarked(position, in: frame), !validator.accepts(rule.a, key + 1) {
        if plan.nodes[rule.a].types == 0 {
          let known = declaredNames(of: id)
          findings.append(
            finding(.unevaluatedProperties, id, index, .unknownProperty(key: key, known: known)))
        } else {
          findings += descend(rule.a, key + 1)
        }
      }
      key = tape.next(after: key + 1)
      position += 1
    }
    return findings
  }

  /// Names that the subschema, or one applied in its place, has under `properties`.
  private func declaredNames(of id: NodeID) -> [String] {
    var names: [String] = []
    var seen: Set<NodeID> = []
    var waiting = [id]
    while let next = waiting.popLast(), seen.count < 64 {
      guard seen.insert(next).inserted else { continue }
      let node = plan.nodes[next]
      for position in node.firstRule..<node.firstRule + node.objectEnd {
        let rule = plan.rules[position]
        switch rule.operation {
        case .members: names += owner.origins[Int(next)].schema["properties"]?.object?.keys ?? []
        case .reference, .dynamicReference: waiting.append(rule.a)
        case .allOf, .anyOf, .oneOf: waiting += (0..<rule.b).map { plan.lists[rule.a + $0] }
        case .conditional: waiting += [rule.a, rule.b, rule.c].filter { $0 != PlanNode.none }
        case .dependentSchema: waiting.append(rule.b)
        default: break
        }
      }
    }
    return names
  }
}
