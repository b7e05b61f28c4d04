import JSONCodec

/// Collects what the subschemas that accept a value say about it.
struct AnnotationCollector: ~Copyable {
  private var validator: Validator
  private let owner: Plan
  private let tape: JSONTape
  private let wording: ErrorWording
  private var path: [String] = []
  private var units: [JSONValue] = []
  private static let limit = 1000
  private static let keywords = [
    "title", "description", "default", "deprecated", "readOnly", "writeOnly", "examples", "format",
    "contentEncoding",
    "contentMediaType", "contentSchema",
  ]

  /// - Parameter index: of a value the plan accepts.
  static func annotations(_ plan: Plan, _ tape: JSONTape, at index: Int) -> [JSONValue] {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 64) { marks in
      withUnsafeTemporaryAllocation(of: UInt16.self, capacity: Validator.maximalDepth) { scope in
        var collector = AnnotationCollector(
          owner: plan, tape: tape, root: index,
          validator: Validator(plan: plan.tables, tape: tape, marks: marks, scope: scope))
        collector.collect(plan.tables.root, index)
        return collector.units
      }
    }
  }

  private init(owner: Plan, tape: JSONTape, root: Int, validator: consuming Validator) {
    self.owner = owner
    self.tape = tape
    self.validator = validator
    wording = ErrorWording(
      owner: owner, tape: tape, root: root, sensitive: SensitiveValues(owner, tape, root: root))
  }

  private mutating func collect(_ id: NodeID, _ index: Int) {
    guard units.count < Self.limit, path.count < 2 * Validator.maximalDepth else { return }
    annotate(id, index)
    let node = owner.tables.nodes[id]
    guard validator.enter(node) else { return }
    defer { validator.leave() }
    for position in node.firstRule..<node.firstRule + node.objectEnd {
      let rule = owner.tables.rules[position]
      switch rule.operation {
      case .reference: descend(rule.a, index, [Self.name(of: rule)])
      case .dynamicReference: descend(validator.dynamicTarget(of: rule), index, [Self.name(of: rule)])
      case .not: break
      case .conditional:
        let branch = validator.accepts(rule.a, index) ? rule.b : rule.c
        for child in [rule.a, branch] where child != PlanNode.none { descend(child, index, steps(to: child)) }
      default:
        // Only children that accept their value annotate it.
        var children: [(NodeID, Int)] = []
        SubschemaApplications.forEach(by: rule, to: index, owner.tables, tape) { children.append(($0, $1)) }
        for (child, value) in children { descend(child, value, steps(to: child)) }
      }
    }
  }

  private static func name(of rule: PlanRule) -> String {
    let keyword: Keyword =
      rule.c == PlanRule.byRef ? .ref : rule.c == PlanRule.byDynamicRef ? .dynamicRef : .recursiveRef
    return keyword.rawValue
  }

  private func steps(to child: NodeID) -> [String] {
    let origin = owner.origins[Int(child)]
    return [origin.keyword] + (origin.token.map { [$0] } ?? [])
  }

  private mutating func descend(_ child: NodeID, _ value: Int, _ steps: [String]) {
    guard validator.accepts(child, value) else { return }
    path += steps
    collect(child, value)
    path.removeLast(steps.count)
  }

  private mutating func annotate(_ id: NodeID, _ index: Int) {
    guard let schema = owner.origins[Int(id)].schema.object else { return }
    for keyword in Self.keywords {
      guard let annotation = schema[keyword] else { continue }
      var members = OutputLocation(plan: owner).members(
        path: path + [keyword], node: id, keyword: keyword, instance: wording.pointer(to: index))
      members["annotation"] = annotation
      units.append(.object(members))
    }
  }
}
