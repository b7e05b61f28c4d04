import JSONCodec

extension SubschemaCompiler {
  mutating func compileUniqueItems(_ value: JSONValue, with compiler: inout PlanCompiler) throws(SchemaError)
  {
    guard let isAsked = value.bool else { throw compiler.invalid(.uniqueItems, at: node, "a boolean") }
    if isAsked { arrayRules.append(PlanRule(operation: .uniqueItems)) }
  }

  /// `prefixItems` and `items`, or what they were called before 2020-12. Operands: list of the first elements'
  /// subschemas, their count, subschema of the others.
  mutating func compileElements(with compiler: inout PlanCompiler) throws(SchemaError) {
    var first: [JSONValue] = []
    var firstKeyword = Keyword.prefixItems
    var rest: (schema: JSONValue, keyword: Keyword)?
    if rules.dialect == .draft202012 {
      if let prefix = keywords["prefixItems"] {
        guard case .array(let schemas) = prefix, !schemas.isEmpty else {
          throw compiler.invalid(.prefixItems, at: node, "an array of at least one schema")
        }
        first = schemas
      }
      rest = keywords["items"].map { ($0, .items) }
    } else if case .array(let schemas)? = keywords["items"] {
      first = schemas
      firstKeyword = .items
      rest = keywords["additionalItems"].map { ($0, .additionalItems) }
    } else {
      // Without an array under `items`, `additionalItems` means nothing.
      rest = keywords["items"].map { ($0, .items) }
    }
    guard !first.isEmpty || rest != nil else { return }
    var children: [NodeID] = []
    for (position, schema) in first.enumerated() {
      children.append(try below(schema, firstKeyword, String(position), with: &compiler))
    }
    let others = try rest.map { rest throws(SchemaError) in
      try below(rest.schema, rest.keyword, with: &compiler)
    }
    arrayRules.append(
      PlanRule(
        operation: .elements, a: compiler.plan.addList(children), b: UInt32(children.count),
        c: others ?? PlanNode.none))
  }

  /// Operands: subschema, least, most.
  mutating func compileContains(_ value: JSONValue, with compiler: inout PlanCompiler) throws(SchemaError) {
    var (least, most): (Int64, Int64) = (1, .max)
    if rules.dialect != .draft07, rules.vocabularies.contains(.validation) {
      if let bound = keywords["minContains"] { least = try count(.minContains, bound, with: &compiler) }
      if let bound = keywords["maxContains"] { most = try count(.maxContains, bound, with: &compiler) }
    }
    let child = try below(value, .contains, with: &compiler)
    var rule = PlanRule(operation: .contains, a: child, b: UInt32(clamping: least), c: UInt32(clamping: most))
    rule.evaluates = rules.dialect == .draft202012
    arrayRules.append(rule)
  }

  /// Operand: subschema.
  mutating func compileUnevaluated(
    _ keyword: Keyword, _ value: JSONValue, with compiler: inout PlanCompiler
  ) throws(SchemaError) {
    let child = try below(value, keyword, with: &compiler)
    if keyword == .unevaluatedItems {
      lastArrayRule = PlanRule(operation: .unevaluatedItems, a: child)
    } else {
      lastObjectRule = PlanRule(operation: .unevaluatedProperties, a: child)
    }
  }
}
