import JSONCodec

/// Answers whether one value passes one plan, walking the tape: no paths, no messages, no allocation.
/// Fails closed: whatever exceeds a limit makes the value invalid, also under `not`.
struct Validator: ~Copyable {
  let plan: PlanTables
  let tape: JSONTape
  var marks: EvaluationMarks
  /// Resources entered on the way here, outermost first; kept only where dynamic references need it. As many as fit on
  /// the stack: the compiler has seen to it that 16 bits number them.
  private let scope: UnsafeMutableBufferPointer<UInt16>
  private var scopeDepth = 0
  private var stepsLeft: Int
  private var depth = 0
  /// A limit was exceeded: nothing that is said after this counts.
  var hasExceededLimit = false
  var patternClock: PatternClock

  static let maximalDepth = 512

  init(
    plan: PlanTables, tape: JSONTape, marks: UnsafeMutableBufferPointer<UInt64>,
    scope: UnsafeMutableBufferPointer<UInt16>
  ) {
    self.plan = plan
    self.tape = tape
    self.marks = EvaluationMarks(scratch: marks)
    self.scope = scope
    stepsLeft = plan.steps + plan.stepsPerValue * tape.count
    patternClock = PatternClock(milliseconds: plan.patternMilliseconds)
  }

  static func isValid(_ owner: Plan, _ tape: JSONTape, at index: Int) -> Bool {
    let plan = owner.tables
    defer { withExtendedLifetime(owner) {} }
    return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 64) { marks in
      guard plan.tracksDynamicScope else {
        var validator = Validator(plan: plan, tape: tape, marks: marks, scope: .init(start: nil, count: 0))
        return validator.accepts(plan.root, index) && !validator.hasExceededLimit
      }
      return withUnsafeTemporaryAllocation(of: UInt16.self, capacity: maximalDepth) { scope in
        var validator = Validator(plan: plan, tape: tape, marks: marks, scope: scope)
        return validator.accepts(plan.root, index) && !validator.hasExceededLimit
      }
    }
  }

  /// - Parameter frame: where to mark the children looked at, when somebody asks.
  mutating func accepts(
    _ id: NodeID, _ index: Int, marking frame: EvaluationMarks.Frame = EvaluationMarks.none
  ) -> Bool {
    let node = plan.nodes[id]
    let value = tape.nodes[index]
    let kind = value.kind
    guard hasType(node, value, index) else { return false }
    guard node.objectEnd > 0 else { return true }
    guard enter(node) else { return false }
    defer { leave() }
    guard node.flags & PlanNode.tracksEvaluation != 0, value.isContainer else {
      return passes(node, kind, index, frame)
    }
    let children = tape.count(at: index)
    let own = marks.push(children: children)
    defer { marks.pop(to: own) }
    guard passes(node, kind, index, own) else { return false }
    if frame != EvaluationMarks.none { marks.merge(own, into: frame, children: children) }
    return true
  }

  @inline(__always)
  func hasType(_ node: PlanNode, _ value: JSONNode, _ index: Int) -> Bool {
    guard node.types & 1 << value.kind.rawValue != 0 else { return false }
    return node.types & PlanNode.integersOnly == 0 || value.kind != .number || isInteger(value, index)
  }

  @inline(__always)
  private func isInteger(_ value: JSONNode, _ index: Int) -> Bool {
    value.isIntegerText || DecimalText(tape.bytes(at: index)).isInteger
  }

  @inline(__always)
  mutating func enter(_ node: PlanNode) -> Bool {
    stepsLeft &-= 1
    guard stepsLeft > 0, depth < Self.maximalDepth, !hasExceededLimit else {
      hasExceededLimit = true
      return false
    }
    depth &+= 1
    if plan.tracksDynamicScope {
      scope[scopeDepth] = UInt16(truncatingIfNeeded: node.resource)
      scopeDepth &+= 1
    }
    return true
  }

  @inline(__always)
  mutating func leave() {
    depth &-= 1
    if plan.tracksDynamicScope { scopeDepth &-= 1 }
  }

  mutating func spend(_ steps: Int) -> Bool {
    stepsLeft -= steps
    if stepsLeft <= 0 { hasExceededLimit = true }
    return !hasExceededLimit
  }

  private mutating func passes(
    _ node: PlanNode, _ kind: JSONKind, _ index: Int, _ frame: EvaluationMarks.Frame
  ) -> Bool {
    let rules = plan.rules.base + Int(node.firstRule)
    for rule in 0..<Int(node.anyEnd) where !passesAny(rules[rule], index, frame) { return false }
    switch kind {
    case .null, .bool: return true
    case .number:
      for rule in Int(node.anyEnd)..<Int(node.numberEnd) where !passesNumber(rules[rule], index) {
        return false
      }
    case .string:
      for rule in Int(node.numberEnd)..<Int(node.stringEnd) where !passesString(rules[rule], index) {
        return false
      }
    case .array:
      for rule in Int(node.stringEnd)..<Int(node.arrayEnd) where !passesArray(rules[rule], index, frame) {
        return false
      }
    case .object:
      for rule in Int(node.arrayEnd)..<Int(node.objectEnd) where !passesObject(rules[rule], index, frame) {
        return false
      }
    }
    return true
  }

  // MARK: Rules for values of every kind

  mutating func passesAny(_ rule: PlanRule, _ index: Int, _ frame: EvaluationMarks.Frame) -> Bool {
    switch rule.operation {
    case .reference: accepts(rule.a, index, marking: frame)
    case .dynamicReference: accepts(dynamicTarget(of: rule), index, marking: frame)
    case .allOf: acceptsAll(rule, index, frame)
    case .anyOf: acceptsAny(rule, index, frame)
    case .oneOf: acceptsOne(rule, index, frame)
    case .not: !accepts(rule.a, index) && !hasExceededLimit
    case .conditional: acceptsConditional(rule, index, frame)
    default: isListed(rule, index)
    }
  }

  func dynamicTarget(of rule: PlanRule) -> NodeID {
    for depth in 0..<scopeDepth {
      for position in 0..<plan.dynamicAnchors.count {
        let anchor = plan.dynamicAnchors[position]
        if anchor.name == rule.b, anchor.resource == UInt32(scope[depth]) { return anchor.node }
      }
    }
    return rule.a
  }

  private mutating func acceptsAll(_ rule: PlanRule, _ index: Int, _ frame: EvaluationMarks.Frame) -> Bool {
    for branch in 0..<rule.b where !accepts(plan.lists[rule.a + branch], index, marking: frame) {
      return false
    }
    return true
  }

  private mutating func acceptsAny(_ rule: PlanRule, _ index: Int, _ frame: EvaluationMarks.Frame) -> Bool {
    var accepted = false
    for branch in 0..<rule.b where acceptsBranch(plan.lists[rule.a + branch], index, frame) {
      accepted = true
      // Without marks the first is enough; with them every branch that accepts has a say.
      if frame == EvaluationMarks.none { break }
    }
    return accepted
  }

  private mutating func acceptsOne(_ rule: PlanRule, _ index: Int, _ frame: EvaluationMarks.Frame) -> Bool {
    var accepted = 0
    for branch in 0..<rule.b where acceptsBranch(plan.lists[rule.a + branch], index, frame) {
      accepted += 1
      if accepted > 1 { return false }
    }
    return accepted == 1
  }

  /// A branch that refuses must leave no marks behind.
  private mutating func acceptsBranch(_ id: NodeID, _ index: Int, _ frame: EvaluationMarks.Frame) -> Bool {
    guard frame != EvaluationMarks.none, tape.nodes[index].isContainer else { return accepts(id, index) }
    let children = tape.count(at: index)
    let own = marks.push(children: children)
    defer { marks.pop(to: own) }
    guard accepts(id, index, marking: own) else { return false }
    marks.merge(own, into: frame, children: children)
    return true
  }

  private mutating func acceptsConditional(_ rule: PlanRule, _ index: Int, _ frame: EvaluationMarks.Frame)
    -> Bool
  {
    let branch = acceptsBranch(rule.a, index, frame) ? rule.b : rule.c
    if hasExceededLimit { return false }
    return branch == PlanNode.none || accepts(branch, index, marking: frame)
  }

  private mutating func isListed(_ rule: PlanRule, _ index: Int) -> Bool {
    let enumeration = plan.enumerations[rule.a]
    let value = tape.nodes[index]
    switch value.kind {
    case .null: return enumeration.literals & PlanEnumeration.null != 0
    case .bool:
      return enumeration.literals & (value.isTrue ? PlanEnumeration.true : PlanEnumeration.false) != 0
    case .string: return isListedString(enumeration, index)
    case .number, .array, .object: return isListedOther(enumeration, index)
    }
  }

  private func isListedString(_ enumeration: PlanEnumeration, _ index: Int) -> Bool {
    guard enumeration.stringCount > 0 else { return false }
    let constants = plan.constantValues
    return tape.withUnescaped(at: index) { text in
      let hash = JSONKeyHash.of(text.baseAddress, count: text.count, seed: JSONKeyHash.seed)
      var low = Int(enumeration.strings)
      var high = low + Int(enumeration.stringCount)
      let end = high
      while low < high {
        let middle = (low + high) >> 1
        if plan.constants[middle].hash < hash { low = middle + 1 } else { high = middle }
      }
      while low < end, plan.constants[low].hash == hash {
        let constant = Int(plan.constants[low].index)
        if constants.isKey(at: constant, equalTo: text) { return true }
        low += 1
      }
      return false
    }
  }

  private mutating func isListedOther(_ enumeration: PlanEnumeration, _ index: Int) -> Bool {
    for place in 0..<enumeration.otherCount {
      let constant = Int(plan.constants[enumeration.others + place].index)
      if TapeEquality.areEqual(tape, index, plan.constantValues, constant) { return true }
      guard tape.nodes[index].kind == .number || spend(tape.next(after: index) - index) else { return false }
    }
    return false
  }

  // MARK: Numbers and strings

  func passesNumber(_ rule: PlanRule, _ index: Int) -> Bool {
    let bound = plan.bounds[rule.a]
    if bound.isInteger, let value = tape.nodes[index].smallInteger {
      switch rule.operation {
      case .minimum: return value >= bound.integer
      case .maximum: return value <= bound.integer
      case .exclusiveMinimum: return value > bound.integer
      case .exclusiveMaximum: return value < bound.integer
      default: return value % bound.integer == 0
      }
    }
    let value = DecimalText(tape.bytes(at: index))
    let limit = DecimalText(plan.bytes(of: bound.text))
    switch rule.operation {
    case .minimum: return value.compared(to: limit) >= 0
    case .maximum: return value.compared(to: limit) <= 0
    case .exclusiveMinimum: return value.compared(to: limit) > 0
    case .exclusiveMaximum: return value.compared(to: limit) < 0
    default: return value.isMultiple(of: limit)
    }
  }

  mutating func passesString(_ rule: PlanRule, _ index: Int) -> Bool {
    switch rule.operation {
    case .minLength: StringLength.of(index, in: tape) >= Int(rule.a)
    case .maxLength: StringLength.of(index, in: tape) <= Int(rule.a)
    case .pattern: matches(rule.a, index)
    default:
      StringFormat(number: rule.a).map { format in tape.withUnescaped(at: index) { format.accepts($0) } }
        ?? true
    }
  }

  /// - Parameter index: of a string or a key.
  mutating func matches(_ pattern: UInt32, _ index: Int) -> Bool {
    guard plan.patterns[pattern].shape != .expression || patternClock.hasTimeLeft() else {
      hasExceededLimit = true
      return false
    }
    switch tape.withUnescaped(at: index, { plan.match(pattern, $0) }) {
    case .matches: return true
    case .doesNotMatch: return false
    case .exceedsLimit:
      hasExceededLimit = true
      return false
    }
  }
}
