import JSONCodec

extension Validator {
  mutating func passesArray(_ rule: PlanRule, _ index: Int, _ frame: EvaluationMarks.Frame) -> Bool {
    switch rule.operation {
    case .minItems: tape.count(at: index) >= Int(rule.a)
    case .maxItems: tape.count(at: index) <= Int(rule.a)
    case .uniqueItems: UniqueItems.hold(index, in: tape)
    case .elements: passesElements(rule, index, frame)
    case .contains: passesContains(rule, index, frame)
    default: passesUnevaluatedItems(rule, index, frame)
    }
  }

  private mutating func passesElements(_ rule: PlanRule, _ index: Int, _ frame: EvaluationMarks.Frame) -> Bool
  {
    let end = tape.next(after: index)
    var child = index + 1
    var position = 0
    while child < end, position < Int(rule.b) {
      guard accepts(plan.lists[rule.a + UInt32(position)], child) else { return false }
      if frame != EvaluationMarks.none { marks.mark(position, in: frame) }
      child = tape.next(after: child)
      position += 1
    }
    guard rule.c != PlanNode.none else { return true }
    while child < end {
      guard accepts(rule.c, child) else { return false }
      child = tape.next(after: child)
    }
    if frame != EvaluationMarks.none { marks.markAll(tape.count(at: index), in: frame) }
    return true
  }

  private mutating func passesContains(_ rule: PlanRule, _ index: Int, _ frame: EvaluationMarks.Frame) -> Bool
  {
    let end = tape.next(after: index)
    let marksFound = rule.evaluates && frame != EvaluationMarks.none
    var child = index + 1
    var position = 0
    var found = 0
    while child < end {
      if accepts(rule.a, child) {
        found += 1
        if marksFound { marks.mark(position, in: frame) }
        if found > Int(rule.c) { return false }
        if !marksFound, found >= Int(rule.b), rule.c == .max { return true }
      }
      child = tape.next(after: child)
      position += 1
    }
    return found >= Int(rule.b)
  }

  private mutating func passesUnevaluatedItems(_ rule: PlanRule, _ index: Int, _ frame: EvaluationMarks.Frame)
    -> Bool
  {
    let end = tape.next(after: index)
    var child = index + 1
    var position = 0
    while child < end {
      if !marks.isMarked(position, in: frame), !accepts(rule.a, child) { return false }
      child = tape.next(after: child)
      position += 1
    }
    marks.markAll(position, in: frame)
    return true
  }

  mutating func passesObject(_ rule: PlanRule, _ index: Int, _ frame: EvaluationMarks.Frame) -> Bool {
    switch rule.operation {
    case .minProperties: tape.count(at: index) >= Int(rule.a)
    case .maxProperties: tape.count(at: index) <= Int(rule.a)
    case .members: passesMembers(plan.members[rule.a], index, frame)
    case .required: spendLookups(1, index) && value(of: rule.a, index) != nil
    case .dependentRequired: passesDependentRequired(rule, index)
    case .dependentSchema:
      spendLookups(1, index) && (value(of: rule.a, index) == nil || accepts(rule.b, index, marking: frame))
    default: passesUnevaluatedProperties(rule, index, frame)
    }
  }

  func value(of key: UInt32, _ object: Int) -> Int? {
    let key = plan.keys[key]
    return tape.value(of: plan.bytes(of: key.text), hash: key.hash, inObjectAt: object)
  }

  /// A name is looked up by walking over the members.
  private mutating func spendLookups(_ count: Int, _ object: Int) -> Bool {
    let members = tape.count(at: object)
    return members < 64 || spend(count * members / 2)
  }

  private mutating func passesDependentRequired(_ rule: PlanRule, _ index: Int) -> Bool {
    guard spendLookups(1 + Int(rule.c), index) else { return false }
    guard value(of: rule.a, index) != nil else { return true }
    for position in 0..<rule.c where value(of: plan.lists[rule.b + position], index) == nil { return false }
    return true
  }

  private mutating func passesMembers(_ members: PlanMembers, _ index: Int, _ frame: EvaluationMarks.Frame)
    -> Bool
  {
    let end = tape.next(after: index)
    var found: UInt64 = 0
    var key = index + 1
    var position = 0
    while key < end {
      var isEvaluated = false
      if members.hasTable, let property = property(in: members, ofKeyAt: key) {
        found |= property.requiredBit
        if property.isDeclared {
          guard accepts(property.node, key + 1) else { return false }
          isEvaluated = true
        }
      }
      if members.patternCount > 0 {
        guard passesPatterns(members, key, &isEvaluated) else { return false }
      }
      if !isEvaluated, members.additional != PlanNode.none {
        guard accepts(members.additional, key + 1) else { return false }
        isEvaluated = true
      }
      if members.names != PlanNode.none, !accepts(members.names, key) { return false }
      if isEvaluated, frame != EvaluationMarks.none { marks.mark(position, in: frame) }
      key = tape.next(after: key + 1)
      position += 1
    }
    return found == members.required
  }

  @inline(__always)
  func property(in members: PlanMembers, ofKeyAt key: Int) -> PlanProperty? {
    let hash = tape.nodes[key].keyHash
    var slot = hash & members.mask
    while true {
      let property = plan.properties[members.table + slot]
      guard property.isUsed else { return nil }
      if property.key.hash == hash, tape.isKey(at: key, equalTo: plan.bytes(of: property.key.text)) {
        return property
      }
      slot = (slot &+ 1) & members.mask
    }
  }

  private mutating func passesPatterns(_ members: PlanMembers, _ key: Int, _ isEvaluated: inout Bool) -> Bool
  {
    for place in 0..<members.patternCount {
      guard matches(plan.lists[members.patterns + 2 * place], key) else {
        if hasExceededLimit { return false }
        continue
      }
      guard accepts(plan.lists[members.patterns + 2 * place + 1], key + 1) else { return false }
      isEvaluated = true
    }
    return true
  }

  private mutating func passesUnevaluatedProperties(
    _ rule: PlanRule, _ index: Int, _ frame: EvaluationMarks.Frame
  ) -> Bool {
    let end = tape.next(after: index)
    var key = index + 1
    var position = 0
    while key < end {
      if !marks.isMarked(position, in: frame), !accepts(rule.a, key + 1) { return false }
      key = tape.next(after: key + 1)
      position += 1
    }
    marks.markAll(position, in: frame)
    return true
  }
}
