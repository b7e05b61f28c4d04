import JSONCodec

/// Which subschemas could have a say about which values: every branch, whether it accepts or not.
enum SubschemaApplications {
  typealias Apply = (NodeID, Int) -> Void

  static func forEach(of id: NodeID, to index: Int, _ plan: PlanTables, _ tape: JSONTape, _ apply: Apply) {
    let node = plan.nodes[id]
    for position in node.firstRule..<node.firstRule + node.objectEnd {
      forEach(by: plan.rules[position], to: index, plan, tape, apply)
    }
  }

  static func forEach(by rule: PlanRule, to index: Int, _ plan: PlanTables, _ tape: JSONTape, _ apply: Apply)
  {
    switch rule.operation {
    case .reference, .not: apply(rule.a, index)
    case .dynamicReference:
      apply(rule.a, index)
      for place in 0..<plan.dynamicAnchors.count where plan.dynamicAnchors[place].name == rule.b {
        apply(plan.dynamicAnchors[place].node, index)
      }
    case .allOf, .anyOf, .oneOf: for branch in 0..<rule.b { apply(plan.lists[rule.a + branch], index) }
    case .conditional:
      for branch in [rule.a, rule.b, rule.c] where branch != PlanNode.none { apply(branch, index) }
    case .dependentSchema: apply(rule.b, index)
    case .elements, .contains, .unevaluatedItems: forEachElement(rule, index, plan, tape, apply)
    case .members: forEachMember(plan.members[rule.a], index, plan, tape, apply)
    case .unevaluatedProperties: forEachChild(of: index, .object, tape) { apply(rule.a, $1) }
    default: break
    }
  }

  private static func forEachElement(
    _ rule: PlanRule, _ index: Int, _ plan: PlanTables, _ tape: JSONTape, _ apply: Apply
  ) {
    forEachChild(of: index, .array, tape) { position, child in
      guard rule.operation == .elements else { return apply(rule.a, child) }
      let node = position < Int(rule.b) ? plan.lists[rule.a + UInt32(position)] : rule.c
      if node != PlanNode.none { apply(node, child) }
    }
  }

  private static func forEachMember(
    _ members: PlanMembers, _ index: Int, _ plan: PlanTables, _ tape: JSONTape, _ apply: Apply
  ) {
    forEachChild(of: index, .object, tape) { _, value in
      if members.hasTable {
        for slot in members.table...members.table + members.mask where plan.properties[slot].isDeclared {
          if plan.properties[slot].key.hash == tape.nodes[value - 1].keyHash {
            apply(plan.properties[slot].node, value)
          }
        }
      }
      for place in 0..<members.patternCount {
        let pattern = plan.lists[members.patterns + 2 * place]
        // What cannot be decided counts as a match.
        let outcome = tape.withUnescaped(at: value - 1) { plan.match(pattern, $0) }
        if outcome != .doesNotMatch { apply(plan.lists[members.patterns + 2 * place + 1], value) }
      }
      if members.additional != PlanNode.none { apply(members.additional, value) }
      if members.names != PlanNode.none { apply(members.names, value - 1) }
    }
  }

  private static func forEachChild(
    of index: Int, _ kind: JSONKind, _ tape: JSONTape, _ body: (_ position: Int, _ value: Int) -> Void
  ) {
    guard tape.nodes[index].kind == kind else { return }
    var child = index + 1
    var position = 0
    while child < tape.next(after: index) {
      let value = kind == .object ? child + 1 : child
      body(position, value)
      child = tape.next(after: value)
      position += 1
    }
  }
}
