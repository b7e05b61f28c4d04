import JSONCodec

extension SubschemaCompiler {
  /// Operand: the entry in the plan's `members`. More than 64 required names get a rule of their own each.
  mutating func compileMembers(with compiler: inout PlanCompiler) throws(SchemaError) {
    var entry = PlanMembers()
    var names: [(name: String, node: NodeID)] = []
    if let properties = active("properties") {
      guard case .object(let members) = properties else {
        throw compiler.invalid(.properties, at: node, "an object")
      }
      for (name, schema) in members {
        names.append((name, try below(schema, .properties, name, with: &compiler)))
      }
    }
    try compilePatternProperties(into: &entry, with: &compiler)
    if let schema = active("additionalProperties") {
      entry.additional = try below(schema, .additionalProperties, with: &compiler)
    }
    if let schema = active("propertyNames") {
      entry.names = try below(schema, .propertyNames, with: &compiler)
    }
    let required = try requiredNames(with: &compiler)
    entry.required = required.isEmpty ? 0 : UInt64.max >> UInt64(64 - min(required.count, 64))
    addTable(of: names, required: required.prefix(64), to: &entry, in: &compiler.plan)
    for name in required.dropFirst(64) {
      objectRules.append(PlanRule(operation: .required, a: compiler.plan.addListedKey(name)))
    }
    compiler.plan.members.append(entry)
    objectRules.append(PlanRule(operation: .members, a: UInt32(compiler.plan.members.count - 1)))
  }

  private func active(_ name: String) -> JSONValue? {
    Keyword.named(name, under: rules) == nil ? nil : keywords[name]
  }

  private mutating func compilePatternProperties(
    into entry: inout PlanMembers, with compiler: inout PlanCompiler
  ) throws(SchemaError) {
    guard let value = active("patternProperties") else { return }
    guard case .object(let members) = value else {
      throw compiler.invalid(.patternProperties, at: node, "an object")
    }
    var pairs: [UInt32] = []
    for (source, schema) in members {
      pairs.append(try pattern(source, .patternProperties, with: &compiler))
      pairs.append(try below(schema, .patternProperties, source, with: &compiler))
    }
    entry.patterns = compiler.plan.addList(pairs)
    entry.patternCount = UInt32(members.count)
  }

  private func requiredNames(with compiler: inout PlanCompiler) throws(SchemaError) -> [String] {
    guard let value = active("required") else { return [] }
    return try names(value, .required, with: &compiler)
  }

  private func names(
    _ value: JSONValue, _ keyword: Keyword, with compiler: inout PlanCompiler
  ) throws(SchemaError) -> [String] {
    guard case .array(let elements) = value else {
      throw compiler.invalid(keyword, at: node, "an array of strings")
    }
    var names: [String] = []
    var known = JSONObject()
    for element in elements {
      guard let name = element.string else {
        throw compiler.invalid(keyword, at: node, "an array of strings")
      }
      if known[name] == nil { names.append(name) }
      known[name] = .null
    }
    return names
  }

  private func addTable(
    of names: [(name: String, node: NodeID)], required: ArraySlice<String>, to entry: inout PlanMembers,
    in plan: inout PlanBuilder
  ) {
    guard !names.isEmpty || !required.isEmpty else { return }
    var size = 2
    while size < 2 * (names.count + required.count) { size *= 2 }
    entry.table = UInt32(plan.properties.count)
    entry.mask = UInt32(size - 1)
    entry.hasTable = true
    plan.properties += Array(repeating: .unused, count: size)
    for (name, child) in names {
      let place = self.place(of: name, in: entry, of: &plan)
      plan.properties[place].node = child
      plan.properties[place].isDeclared = true
    }
    for (bit, name) in required.enumerated() {
      plan.properties[place(of: name, in: entry, of: &plan)].requiredBit = 1 << UInt64(bit)
    }
  }

  /// Where `name` stands in the table, after it has been entered there.
  private func place(of name: String, in entry: PlanMembers, of plan: inout PlanBuilder) -> Int {
    let hash = JSONKeyHash.of(name)
    var slot = hash & entry.mask
    while true {
      let place = Int(entry.table + slot)
      let property = plan.properties[place]
      if !property.isUsed {
        plan.properties[place].key = plan.addKey(name)
        plan.properties[place].isUsed = true
        return place
      }
      let text = property.key.text
      if property.key.hash == hash,
        plan.bytes[Int(text.start)..<Int(text.start + text.count)].elementsEqual(name.utf8)
      {
        return place
      }
      slot = (slot &+ 1) & entry.mask
    }
  }

  /// `dependentRequired`: key, list of keys, count. `dependentSchemas`: key, subschema. Draft 07 has both under
  /// `dependencies`.
  mutating func compileDependencies(
    _ keyword: Keyword, _ value: JSONValue, with compiler: inout PlanCompiler
  ) throws(SchemaError) {
    guard case .object(let members) = value else { throw compiler.invalid(keyword, at: node, "an object") }
    for (name, dependency) in members {
      let key = compiler.plan.addListedKey(name)
      if keyword != .dependentSchemas, case .array = dependency {
        let required = try names(dependency, keyword, with: &compiler)
        let list = compiler.plan.addList(required.map { compiler.plan.addListedKey($0) })
        objectRules.append(
          PlanRule(operation: .dependentRequired, a: key, b: list, c: UInt32(required.count)))
      } else if keyword == .dependentRequired {
        throw compiler.invalid(keyword, at: node, "an object of arrays of strings")
      } else {
        let child = try inPlace(dependency, keyword, name, with: &compiler)
        objectRules.append(PlanRule(operation: .dependentSchema, a: key, b: child))
      }
    }
  }
}
