import JSONCodec

/// Finds out why a value is not valid: the rules are those of the validator, which decides; this walks down only
/// where it says no.
struct Examination: ~Copyable {
  var validator: Validator
  let owner: Plan
  var path: [String] = []
  /// Findings made so far, causes included: beyond the limit nothing more is looked for.
  var count = 0
  static let limit = 200

  var plan: PlanTables { validator.plan }
  var tape: JSONTape { validator.tape }

  static func findings(_ plan: Plan, _ tape: JSONTape, at index: Int) -> [Finding] {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 64) { marks in
      withUnsafeTemporaryAllocation(of: UInt16.self, capacity: Validator.maximalDepth) { scope in
        var examination = Examination(
          owner: plan, validator: Validator(plan: plan.tables, tape: tape, marks: marks, scope: scope))
        let findings = examination.examine(plan.tables.root, index)
        guard examination.validator.hasExceededLimit else { return findings }
        // What was found on the way cannot be relied on.
        return [
          Finding(keyword: .schema, node: plan.tables.root, instance: index, path: [], problem: .beyondLimit)
        ]
      }
    }
  }

  private init(owner: Plan, validator: consuming Validator) {
    self.owner = owner
    self.validator = validator
  }

  mutating func finding(
    _ keyword: Keyword, _ node: NodeID, _ index: Int, _ problem: Finding.Problem, _ causes: [Finding] = []
  ) -> Finding {
    count += 1
    return Finding(
      keyword: keyword, node: node, instance: index, path: path + [keyword.rawValue], problem: problem,
      causes: causes)
  }

  mutating func examine(_ id: NodeID, _ index: Int) -> [Finding] {
    guard count < Self.limit else { return [] }
    let node = plan.nodes[id]
    let value = tape.nodes[index]
    guard node.types != 0 else { return [finding(.not, id, index, .neverValid)] }
    guard validator.hasType(node, value, index) else { return [finding(.type, id, index, .wrongType)] }
    guard node.objectEnd > 0, validator.enter(node) else { return [] }
    defer { validator.leave() }
    guard node.flags & PlanNode.tracksEvaluation != 0, value.isContainer else {
      return examineRules(of: id, index, EvaluationMarks.none)
    }
    let own = validator.marks.push(children: tape.count(at: index))
    defer { validator.marks.pop(to: own) }
    return examineRules(of: id, index, own)
  }

  private mutating func examineRules(of id: NodeID, _ index: Int, _ frame: EvaluationMarks.Frame) -> [Finding]
  {
    let node = plan.nodes[id]
    let rules = plan.rules.base + Int(node.firstRule)
    let special: Range<UInt32> =
      switch tape.nodes[index].kind {
      case .null, .bool: 0..<0
      case .number: node.anyEnd..<node.numberEnd
      case .string: node.numberEnd..<node.stringEnd
      case .array: node.stringEnd..<node.arrayEnd
      case .object: node.arrayEnd..<node.objectEnd
      }
    var findings: [Finding] = []
    for rule in 0..<Int(node.anyEnd) where !validator.passesAny(rules[rule], index, frame) {
      findings += explain(rules[rule], of: id, index)
    }
    for rule in special {
      let rule = rules[Int(rule)]
      // A rule that failed has not said what it looked at, so "not looked at" means nothing any more.
      if rule.operation == .unevaluatedItems || rule.operation == .unevaluatedProperties, !findings.isEmpty {
        continue
      }
      if !passes(rule, index, frame) { findings += explain(rule, of: id, index, frame) }
    }
    return findings
  }

  private mutating func passes(_ rule: PlanRule, _ index: Int, _ frame: EvaluationMarks.Frame) -> Bool {
    switch tape.nodes[index].kind {
    case .null, .bool: true
    case .number: validator.passesNumber(rule, index)
    case .string: validator.passesString(rule, index)
    case .array: validator.passesArray(rule, index, frame)
    case .object: validator.passesObject(rule, index, frame)
    }
  }

  /// Goes down into a subschema, by the keyword it stands under.
  mutating func descend(_ child: NodeID, _ index: Int) -> [Finding] {
    let origin = owner.origins[Int(child)]
    path.append(origin.keyword)
    if let token = origin.token { path.append(token) }
    defer { path.removeLast(origin.token == nil ? 1 : 2) }
    return examine(child, index)
  }

  // MARK: Rules for values of every kind

  private mutating func explain(_ rule: PlanRule, of id: NodeID, _ index: Int) -> [Finding] {
    switch rule.operation {
    case .reference: return explainReference(rule, to: rule.a, of: id, index)
    case .dynamicReference:
      return explainReference(rule, to: validator.dynamicTarget(of: rule), of: id, index)
    case .allOf:
      var findings: [Finding] = []
      for branch in 0..<rule.b { findings += descend(plan.lists[rule.a + branch], index) }
      return findings.isEmpty ? [] : [finding(.allOf, id, index, .applied, findings)]
    case .anyOf: return [finding(.anyOf, id, index, .noBranch, branches(rule, index))]
    case .oneOf: return explainOneOf(rule, of: id, index)
    case .not: return [finding(.not, id, index, .excluded)]
    case .conditional:
      let branch = validator.accepts(rule.a, index) ? rule.b : rule.c
      guard branch != PlanNode.none else { return [] }
      let keyword: Keyword = branch == rule.b ? .then : .else
      return [finding(keyword, id, index, .applied, descend(branch, index))]
    default:
      let enumeration = plan.enumerations[rule.a]
      return [finding(enumeration.isConst ? .const : .enum, id, index, .notListed(enumeration))]
    }
  }

  private mutating func explainReference(
    _ rule: PlanRule, to target: NodeID, of id: NodeID, _ index: Int
  ) -> [Finding] {
    let keyword: Keyword =
      rule.c == PlanRule.byRef ? .ref : rule.c == PlanRule.byDynamicRef ? .dynamicRef : .recursiveRef
    path.append(keyword.rawValue)
    let causes = examine(target, index)
    path.removeLast()
    return [finding(keyword, id, index, .applied, causes)]
  }

  /// One finding for each branch, with what is wrong there.
  private mutating func branches(_ rule: PlanRule, _ index: Int) -> [Finding] {
    var branches: [Finding] = []
    for branch in 0..<rule.b {
      let child = plan.lists[rule.a + branch]
      let causes = descend(child, index)
      let origin = owner.origins[Int(child)]
      count += 1
      branches.append(
        Finding(
          keyword: rule.operation == .oneOf ? .oneOf : .anyOf, node: child, instance: index,
          path: path + [origin.keyword, origin.token ?? ""], problem: .applied, causes: causes))
    }
    return branches
  }

  private mutating func explainOneOf(_ rule: PlanRule, of id: NodeID, _ index: Int) -> [Finding] {
    var accepted: [Int] = []
    for branch in 0..<rule.b where validator.accepts(plan.lists[rule.a + branch], index) {
      accepted.append(Int(branch))
    }
    if accepted.count > 1 { return [finding(.oneOf, id, index, .severalBranches(accepted))] }
    return [finding(.oneOf, id, index, .noBranch, branches(rule, index))]
  }
}
