package import JSONCodec

/// What may be mended about a value that is almost right. Nothing of it is on by default.
package struct RepairOptions: OptionSet, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// `"3"` where a number is asked, `"true"` where a boolean is, `3` where a string is.
  package static let coerceScalars = RepairOptions(rawValue: 1 << 0)
  /// `x` where an array is asked becomes `[x]`.
  package static let wrapSingleValues = RepairOptions(rawValue: 1 << 1)
  /// Absent properties get the `default` of their schema.
  package static let fillDefaults = RepairOptions(rawValue: 1 << 2)
  /// Properties the schema does not allow are left out.
  package static let dropUnknownKeys = RepairOptions(rawValue: 1 << 3)
}

/// One thing that was mended, for the journal.
package struct RepairStep: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    case coerced, wrapped
    case filledDefault = "filled_default"
    case droppedKey = "dropped_key"
  }

  package let kind: Kind
  package let pointer: JSONPointer
}

package struct RepairedValue: Sendable, Equatable {
  package let value: JSONValue
  /// In the order they were made; none when the value was right.
  package let steps: [RepairStep]
}

extension CompiledSchema {
  /// - Returns: a value that is valid, with every change that was needed for it; `nil` when the options do not lead to
  ///   one, and then nothing is changed at all.
  package func repaired(_ instance: JSONView, options: RepairOptions) -> RepairedValue? {
    LenientRepair(schema: self, options: options).run(instance.value)
  }
}

struct LenientRepair {
  let schema: CompiledSchema
  let options: RepairOptions

  /// Mending one thing can bring out another; a value that needs more rounds is not almost right.
  private static let rounds = 16

  func run(_ original: JSONValue) -> RepairedValue? {
    var value = original
    var steps: [RepairStep] = []
    if options.contains(.fillDefaults) { fillDefaults(in: &value, &steps) }
    for _ in 0..<Self.rounds {
      guard let document = document(value) else { return nil }
      if schema.isValid(document.root) { return RepairedValue(value: value, steps: steps) }
      let mended = mend(document, &value)
      guard !mended.isEmpty else { break }
      steps += mended
      if options.contains(.fillDefaults) { fillDefaults(in: &value, &steps) }
    }
    return nil
  }

  private func document(_ value: JSONValue) -> JSONDocument? {
    try? JSONDocument(
      parsing: value.serialized(),
      limits: JSONLimits(maxDepth: JSONLimits.deepest, maxBytes: JSONLimits.largest))
  }

  // MARK: Mending what is wrong

  private func mend(_ document: JSONDocument, _ value: inout JSONValue) -> [RepairStep] {
    let plan = schema.plan
    let changes = document.withTape { tape -> [(JSONPointer, RepairStep.Kind, JSONValue?)] in
      let findings = FindingSelection.mostUseful(Examination.findings(plan, tape, at: 0), atMost: 100)
      let nowhere = SensitiveValues()
      let places = ErrorWording(owner: plan, tape: tape, root: 0, sensitive: nowhere)
      return findings.compactMap { finding in
        switch finding.problem {
        case .wrongType:
          let place = places.pointer(to: finding.instance)
          let types = plan.tables.nodes[finding.node].types
          return value[place].flatMap { replacement(for: $0, types) }.map {
            (place, $0.kind, $0.value)
          }
        case .unknownProperty(let key, _) where options.contains(.dropUnknownKeys):
          return (places.pointer(to: key), .droppedKey, nil)
        default: return nil
        }
      }
    }
    return changes.compactMap { place, kind, replacement in
      value.set(replacement, at: place) ? RepairStep(kind: kind, pointer: place) : nil
    }
  }

  private func replacement(for value: JSONValue, _ types: UInt8) -> (kind: RepairStep.Kind, value: JSONValue)?
  {
    func asks(for kind: JSONKind) -> Bool { types & 1 << kind.rawValue != 0 }
    if options.contains(.coerceScalars) {
      switch value {
      case .string(let text):
        if asks(for: .number), let number = JSONNumber(text: text) { return (.coerced, .number(number)) }
        if asks(for: .bool), text == "true" || text == "false" { return (.coerced, .bool(text == "true")) }
      case .number(let number) where asks(for: .string): return (.coerced, .string(number.text))
      default: break
      }
    }
    // null is "nothing", and a list of nothing is not what was meant.
    if options.contains(.wrapSingleValues), asks(for: .array), value != .null { return (.wrapped, [value]) }
    return nil
  }

  // MARK: Defaults

  /// Only by keywords that always apply: a default inside a branch would choose the branch.
  private func fillDefaults(in value: inout JSONValue, _ steps: inout [RepairStep]) {
    fill(schema.plan.tables.root, .root, &value, &steps, depth: 0)
  }

  private func fill(
    _ id: NodeID, _ place: JSONPointer, _ value: inout JSONValue, _ steps: inout [RepairStep], depth: Int
  ) {
    guard depth < 64 else { return }
    let plan = schema.plan.tables
    let node = plan.nodes[id]
    for position in node.firstRule..<node.firstRule + node.objectEnd {
      let rule = plan.rules[position]
      switch rule.operation {
      case .reference: fill(rule.a, place, &value, &steps, depth: depth + 1)
      case .allOf:
        for branch in 0..<rule.b {
          fill(plan.lists[rule.a + branch], place, &value, &steps, depth: depth + 1)
        }
      case .members: fillMembers(plan.members[rule.a], place, &value, &steps, depth)
      case .elements where rule.c != PlanNode.none: fillElements(rule, place, &value, &steps, depth)
      default: break
      }
    }
  }

  private func fillMembers(
    _ members: PlanMembers, _ place: JSONPointer, _ value: inout JSONValue, _ steps: inout [RepairStep],
    _ depth: Int
  ) {
    guard value.kind == .object, members.hasTable else { return }
    let plan = schema.plan
    for slot in members.table...members.table + members.mask {
      let property = plan.tables.properties[slot]
      guard property.isDeclared else { continue }
      let name = plan.tables.string(of: property.key.text)
      let inside = place.appending(name)
      if var child = value[name] {
        fill(property.node, inside, &child, &steps, depth: depth + 1)
        value[name] = child
      } else if let fallback = plan.origins[Int(property.node)].schema["default"] {
        value[name] = fallback
        steps.append(RepairStep(kind: .filledDefault, pointer: inside))
      }
    }
  }

  private func fillElements(
    _ rule: PlanRule, _ place: JSONPointer, _ value: inout JSONValue, _ steps: inout [RepairStep],
    _ depth: Int
  ) {
    guard case .array(var elements) = value else { return }
    for index in elements.indices.dropFirst(Int(rule.b)) {
      fill(rule.c, place.appending(index), &elements[index], &steps, depth: depth + 1)
    }
    value = .array(elements)
  }
}
