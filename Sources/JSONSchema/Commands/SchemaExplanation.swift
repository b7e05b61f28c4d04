import JSONCodec

extension CompiledSchema {
  /// What the plan of this schema consists of, for whoever wants to know why a value passes or what a check costs:
  /// a line of figures, then every subschema under the keyword it stands for.
  package var explanation: String {
    let plan = plan
    let tables = plan.tables
    let dialects = Set(plan.resources.map(\.dialect.rawValue)).sorted().joined(separator: ", ")
    var text = """
      dialect: \(dialects)
      plan: \(tables.nodes.count) subschemas, \(tables.rules.count) rules, \(tables.patterns.count) patterns, \
      \(tables.enumerations.count) enumerations, dynamic scope \(tables.tracksDynamicScope ? "kept" : "not needed")

      """
    var writer = PlanOutline(plan: plan)
    writer.describe(tables.root, indentation: 0, label: "value")
    text += writer.text
    return text
  }
}

private struct PlanOutline {
  let plan: Plan
  var text = ""
  private var described: Set<NodeID> = []

  init(plan: Plan) { self.plan = plan }

  mutating func describe(_ id: NodeID, indentation: Int, label: String) {
    let margin = String(repeating: "  ", count: indentation)
    guard described.insert(id).inserted else {
      text += "\(margin)\(label): as \(name(of: id))\n"
      return
    }
    let node = plan.tables.nodes[id]
    let notes =
      (node.flags & PlanNode.isSensitive != 0 ? ", sensitive" : "")
      + (node.flags & PlanNode.tracksEvaluation != 0 ? ", keeps track of what was evaluated" : "")
    text += "\(margin)\(label): \(types(of: node))\(notes)  (\(name(of: id)))\n"
    for position in node.firstRule..<node.firstRule + node.objectEnd {
      describe(plan.tables.rules[position], indentation: indentation + 1)
    }
  }

  private func name(of id: NodeID) -> String {
    let origin = plan.origins[Int(id)]
    return plan.resources[origin.resource].uri + "#" + plan.pointer(to: id).description
  }

  private func types(of node: PlanNode) -> String {
    if node.types & PlanNode.everyType == PlanNode.everyType { return "anything" }
    let names: [(JSONKind, String)] = [
      (.null, "null"), (.bool, "boolean"),
      (.number, node.types & PlanNode.integersOnly != 0 ? "integer" : "number"),
      (.string, "string"), (.array, "array"), (.object, "object"),
    ]
    let listed = names.filter { node.types & 1 << $0.0.rawValue != 0 }.map(\.1)
    return listed.isEmpty ? "nothing" : listed.joined(separator: " or ")
  }

  private mutating func describe(_ rule: PlanRule, indentation: Int) {
    let tables = plan.tables
    switch rule.operation {
    case .reference: describe(rule.a, indentation: indentation, label: "refers to")
    case .dynamicReference: describe(rule.a, indentation: indentation, label: "refers to, unless overridden,")
    case .allOf, .anyOf, .oneOf:
      let label = rule.operation == .allOf ? "and" : rule.operation == .anyOf ? "or" : "either"
      for branch in 0..<rule.b {
        describe(tables.lists[rule.a + branch], indentation: indentation, label: label)
      }
    case .not: describe(rule.a, indentation: indentation, label: "not")
    case .conditional:
      describe(rule.a, indentation: indentation, label: "if")
      if rule.b != PlanNode.none { describe(rule.b, indentation: indentation, label: "then") }
      if rule.c != PlanNode.none { describe(rule.c, indentation: indentation, label: "else") }
    case .members: describe(tables.members[rule.a], indentation: indentation)
    case .elements:
      for place in 0..<rule.b {
        describe(tables.lists[rule.a + place], indentation: indentation, label: "item \(place)")
      }
      if rule.c != PlanNode.none { describe(rule.c, indentation: indentation, label: "each further item") }
    case .contains: describe(rule.a, indentation: indentation, label: "contains")
    case .dependentSchema: describe(rule.b, indentation: indentation, label: "if it has \(quoted(rule.a))")
    case .unevaluatedItems: describe(rule.a, indentation: indentation, label: "each item not looked at")
    case .unevaluatedProperties:
      describe(rule.a, indentation: indentation, label: "each member not looked at")
    default: text += String(repeating: "  ", count: indentation) + scalar(rule) + "\n"
    }
  }

  private mutating func describe(_ members: PlanMembers, indentation: Int) {
    let tables = plan.tables
    let slots = members.hasTable ? Array(members.table...members.table + members.mask) : []
    for slot in slots where tables.properties[slot].isUsed {
      let property = tables.properties[slot]
      let label =
        "\(JSONValue.string(tables.string(of: property.key.text)).text)\(property.requiredBit != 0 ? " (required)" : "")"
      if property.isDeclared {
        describe(property.node, indentation: indentation, label: label)
      } else {
        text += String(repeating: "  ", count: indentation) + label + "\n"
      }
    }
    for place in 0..<members.patternCount {
      let pattern = plan.source(of: tables.lists[members.patterns + 2 * place])
      describe(
        tables.lists[members.patterns + 2 * place + 1], indentation: indentation,
        label: "members like \(pattern)")
    }
    if members.additional != PlanNode.none {
      describe(members.additional, indentation: indentation, label: "other members")
    }
    if members.names != PlanNode.none {
      describe(members.names, indentation: indentation, label: "each name")
    }
  }

  private func quoted(_ key: UInt32) -> String {
    JSONValue.string(plan.tables.string(of: plan.tables.keys[key].text)).text
  }

  private func scalar(_ rule: PlanRule) -> String {
    let tables = plan.tables
    switch rule.operation {
    case .enumeration:
      let list = tables.enumerations[rule.a]
      return "one of \(list.allCount) listed value\(list.allCount == 1 ? "" : "s")"
    case .minimum: return "at least \(tables.string(of: tables.bounds[rule.a].text))"
    case .maximum: return "at most \(tables.string(of: tables.bounds[rule.a].text))"
    case .exclusiveMinimum: return "more than \(tables.string(of: tables.bounds[rule.a].text))"
    case .exclusiveMaximum: return "less than \(tables.string(of: tables.bounds[rule.a].text))"
    case .multipleOf: return "a multiple of \(tables.string(of: tables.bounds[rule.a].text))"
    case .minLength: return "at least \(rule.a) characters"
    case .maxLength: return "at most \(rule.a) characters"
    case .pattern: return "matches \(plan.source(of: rule.a))"
    case .format: return StringFormat(number: rule.a)?.article ?? ""
    case .minItems: return "at least \(rule.a) items"
    case .maxItems: return "at most \(rule.a) items"
    case .uniqueItems: return "no two items equal"
    case .minProperties: return "at least \(rule.a) members"
    case .maxProperties: return "at most \(rule.a) members"
    case .required: return "\(quoted(rule.a)) (required)"
    case .dependentRequired: return "if it has \(quoted(rule.a)), \(rule.c) more required"
    default: return ""
    }
  }
}
