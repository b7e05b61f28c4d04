import JSONCodec

/// Compiles the keywords of one subschema into its node and rules.
struct SubschemaCompiler {
  let node: NodeID
  let place: PlanCompiler.Place
  let keywords: JSONObject
  var types = PlanNode.everyType
  var flags: UInt8 = 0
  var anyRules: [PlanRule] = []
  var numberRules: [PlanRule] = []
  var stringRules: [PlanRule] = []
  var arrayRules: [PlanRule] = []
  var objectRules: [PlanRule] = []
  /// After all others of their kind, because they depend on what those looked at.
  var lastArrayRule: PlanRule?
  var lastObjectRule: PlanRule?
  private var hasMembers = false
  private var hasElements = false
  /// Dynamic references among `anyRules`, whose place in the plan is known only in the end.
  private var dynamicReferences: [(offset: Int, name: String, fallback: NodeID)] = []
  let rules: DialectRules

  init(node: NodeID, place: PlanCompiler.Place, keywords: JSONObject, rules: DialectRules) {
    self.node = node
    self.place = place
    self.keywords = keywords
    self.rules = rules
  }

  mutating func compile(with compiler: inout PlanCompiler) throws(SchemaError) {
    if rules.dialect == .draft07, let reference = keywords["$ref"] {
      // Draft 07 ignores everything beside a reference.
      try compileReference(reference, with: &compiler)
    } else {
      for (name, value) in keywords {
        guard let keyword = Keyword.named(name, under: rules) else { continue }
        try compile(keyword, value, with: &compiler)
      }
    }
    finish(in: &compiler)
  }

  private mutating func compile(
    _ keyword: Keyword, _ value: JSONValue, with compiler: inout PlanCompiler
  ) throws(SchemaError) {
    switch keyword {
    case .ref: try compileReference(value, with: &compiler)
    case .dynamicRef, .recursiveRef: try compileDynamicReference(keyword, value, with: &compiler)
    case .allOf, .anyOf, .oneOf: try compileBranches(keyword, value, with: &compiler)
    case .not: anyRules.append(PlanRule(operation: .not, a: try inPlace(value, .not, with: &compiler)))
    case .if: try compileConditional(value, with: &compiler)
    case .type: try compileType(value, with: &compiler)
    case .const, .enum: try compileEnumeration(keyword, value, with: &compiler)
    case .minimum, .maximum, .exclusiveMinimum, .exclusiveMaximum, .multipleOf:
      try compileBound(keyword, value, with: &compiler)
    case .minLength, .maxLength, .minItems, .maxItems, .minProperties, .maxProperties:
      try compileCount(keyword, value, with: &compiler)
    case .pattern: try compilePattern(value, with: &compiler)
    case .format: try compileFormat(value, with: &compiler)
    case .uniqueItems: try compileUniqueItems(value, with: &compiler)
    case .contains: try compileContains(value, with: &compiler)
    case .prefixItems, .items, .additionalItems:
      if !hasElements { try compileElements(with: &compiler) }
      hasElements = true
    case .properties, .patternProperties, .additionalProperties, .propertyNames, .required:
      if !hasMembers { try compileMembers(with: &compiler) }
      hasMembers = true
    case .dependentRequired, .dependentSchemas, .dependencies:
      try compileDependencies(keyword, value, with: &compiler)
    case .unevaluatedItems, .unevaluatedProperties: try compileUnevaluated(keyword, value, with: &compiler)
    case .writeOnly, .sensitive: if value.bool == true { flags |= PlanNode.isSensitive }
    case .id: try checkIdentifier(value, with: &compiler)
    default: break
    }
  }

  private mutating func finish(in compiler: inout PlanCompiler) {
    if let lastArrayRule { arrayRules.append(lastArrayRule) }
    if let lastObjectRule { objectRules.append(lastObjectRule) }
    if lastArrayRule != nil || lastObjectRule != nil { flags |= PlanNode.tracksEvaluation }
    let first = compiler.plan.rules.count
    var entry = PlanNode(types: types, flags: flags)
    entry.firstRule = UInt32(first)
    entry.resource = UInt32(place.resource)
    compiler.plan.rules += anyRules
    entry.anyEnd = UInt32(compiler.plan.rules.count - first)
    compiler.plan.rules += numberRules
    entry.numberEnd = UInt32(compiler.plan.rules.count - first)
    compiler.plan.rules += stringRules
    entry.stringEnd = UInt32(compiler.plan.rules.count - first)
    compiler.plan.rules += arrayRules
    entry.arrayEnd = UInt32(compiler.plan.rules.count - first)
    compiler.plan.rules += objectRules
    entry.objectEnd = UInt32(compiler.plan.rules.count - first)
    compiler.plan.nodes[Int(node)] = entry
    for (offset, name, fallback) in dynamicReferences {
      compiler.pendingDynamic.append(
        PendingDynamicReference(name: name, rule: first + offset, node: node, fallback: fallback))
    }
  }

  /// Compiles a subschema that applies to the same value as this one.
  func inPlace(
    _ schema: JSONValue, _ keyword: Keyword, _ token: String? = nil, with compiler: inout PlanCompiler
  ) throws(SchemaError) -> NodeID {
    let child = try compiler.compileInline(schema, under: node, keyword, token, at: place)
    compiler.inPlace.append((node, child))
    return child
  }

  /// Compiles a subschema that applies to children or names of the value.
  func below(
    _ schema: JSONValue, _ keyword: Keyword, _ token: String? = nil, with compiler: inout PlanCompiler
  ) throws(SchemaError) -> NodeID {
    try compiler.compileInline(schema, under: node, keyword, token, at: place)
  }

  // MARK: References

  private func checkIdentifier(_ value: JSONValue, with compiler: inout PlanCompiler) throws(SchemaError) {
    guard let id = value.string else { throw compiler.invalid(.id, at: node, "a URI reference") }
    if rules.dialect != .draft07, let fragment = URIReference(id).fragment, !fragment.isEmpty {
      throw SchemaError(
        code: .invalidIdentifier, pointer: compiler.pointer(to: node).appending("$id"),
        message: "\"$id\" must not have a fragment; use \"$anchor\".")
    }
  }

  private mutating func compileReference(_ value: JSONValue, with compiler: inout PlanCompiler)
    throws(SchemaError)
  {
    guard let reference = value.string else { throw compiler.invalid(.ref, at: node, "a URI reference") }
    let target = try compiler.target(of: reference, .ref, at: node, in: place.resource)
    let child = try compiler.compileTarget(at: target.location, resource: target.resource)
    compiler.inPlace.append((node, child))
    anyRules.append(PlanRule(operation: .reference, a: child, c: PlanRule.byRef))
  }

  private mutating func compileDynamicReference(
    _ keyword: Keyword, _ value: JSONValue, with compiler: inout PlanCompiler
  ) throws(SchemaError) {
    guard let reference = value.string else { throw compiler.invalid(keyword, at: node, "a URI reference") }
    let target = try compiler.target(of: reference, keyword, at: node, in: place.resource)
    let child = try compiler.compileTarget(at: target.location, resource: target.resource)
    let resource = compiler.index.resources[target.resource]
    // Only what first leads to a dynamic anchor is dynamic; otherwise it is a `$ref` by another name.
    let name: String? =
      if keyword == .recursiveRef {
        resource.isRecursiveAnchor && resource.location == target.location ? "" : nil
      } else {
        target.anchor.flatMap { resource.dynamicAnchors[$0] == target.location ? $0 : nil }
      }
    if let name {
      dynamicReferences.append((anyRules.count, name, child))
    } else {
      compiler.inPlace.append((node, child))
    }
    let written = keyword == .dynamicRef ? PlanRule.byDynamicRef : PlanRule.byRecursiveRef
    anyRules.append(PlanRule(operation: .reference, a: child, c: written))
  }

  // MARK: Branches

  /// Operands: list, count.
  private mutating func compileBranches(
    _ keyword: Keyword, _ value: JSONValue, with compiler: inout PlanCompiler
  ) throws(SchemaError) {
    guard case .array(let branches) = value, !branches.isEmpty else {
      throw compiler.invalid(keyword, at: node, "an array of at least one schema")
    }
    var children: [NodeID] = []
    for (position, branch) in branches.enumerated() {
      children.append(try inPlace(branch, keyword, String(position), with: &compiler))
    }
    let operation: PlanRule.Operation = keyword == .allOf ? .allOf : keyword == .anyOf ? .anyOf : .oneOf
    anyRules.append(
      PlanRule(operation: operation, a: compiler.plan.addList(children), b: UInt32(children.count)))
  }

  /// Operands: condition, then, else.
  private mutating func compileConditional(_ value: JSONValue, with compiler: inout PlanCompiler)
    throws(SchemaError)
  {
    let condition = try inPlace(value, .if, with: &compiler)
    let (then, otherwise) = (keywords["then"], keywords["else"])
    let thenNode = try then.map { branch throws(SchemaError) in try inPlace(branch, .then, with: &compiler) }
    let elseNode = try otherwise.map { branch throws(SchemaError) in
      try inPlace(branch, .else, with: &compiler)
    }
    anyRules.append(
      PlanRule(
        operation: .conditional, a: condition, b: thenNode ?? PlanNode.none, c: elseNode ?? PlanNode.none))
  }
}
