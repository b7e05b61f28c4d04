import JSONCodec

/// Puts findings into words.
struct ErrorWording {
  let owner: Plan
  let tape: JSONTape
  let root: Int
  let sensitive: SensitiveValues

  var plan: PlanTables { owner.tables }

  struct Words {
    /// After the subject: "must be …".
    var predicate: String
    var expected: String
    var suggestion: String?
  }

  func error(for finding: Finding) -> ValidationError {
    let place = pointer(to: finding.instance)
    let words = words(for: finding)
    let subject = place.tokens.isEmpty ? "The value" : place.description
    let hint = words.suggestion.map { "; did you mean \(quoted($0))?" } ?? "."
    return ValidationError(
      instance: place, schema: owner.pointer(to: finding.node).appending(finding.keyword.rawValue),
      keyword: finding.keyword.rawValue, message: "\(subject) \(words.predicate)\(hint)",
      expected: words.expected,
      suggestion: words.suggestion)
  }

  /// From the validated value down to `index`, but not into what must not be repeated. A key stands for its member.
  func pointer(to index: Int) -> JSONPointer {
    let target = sensitive.outermost(around: index, in: tape) ?? index
    var tokens: [String] = []
    var container = root
    while container != target {
      let isObject = tape.nodes[container].kind == .object
      var child = container + 1
      var position = 0
      while tape.next(after: isObject ? child + 1 : child) <= target {
        child = tape.next(after: isObject ? child + 1 : child)
        position += 1
      }
      tokens.append(isObject ? tape.string(at: child) : String(position))
      container = isObject && target != child ? child + 1 : child
    }
    return JSONPointer(tokens)
  }

  private func words(for finding: Finding) -> Words {
    switch finding.problem {
    case .wrongType: mustBe(typeNames(of: plan.nodes[finding.node].types), finding)
    case .notListed(let enumeration): notListed(enumeration, finding)
    case .bound(let bound): mustBe(boundWords(finding.keyword, plan.string(of: bound.text)), finding)
    case .length(let count): lengthWords(finding, Int(count))
    case .pattern(let pattern):
      mustBe("a string that matches \(shortened(owner.source(of: pattern)))", finding)
    case .format(let format): mustBe(format.article, finding)
    case .missing(let keys, let cause): missingWords(keys.map { plan.string(of: $0.text) }, cause, finding)
    case .unknownProperty(let key, let known): unknownWords(key, known, finding)
    default: otherWords(for: finding)
    }
  }

  private func otherWords(for finding: Finding) -> Words {
    switch finding.problem {
    case .repeatedItem(let item):
      return Words(
        predicate: "must not repeat an item, but \(position(of: item)) equals an earlier one",
        expected: "items that all differ")
    case .tooFewContained(let found, let least):
      let expected = "at least \(least) matching item\(least == 1 ? "" : "s")"
      return Words(predicate: "must contain \(expected), but has \(found)", expected: expected)
    case .tooManyContained(let most):
      let expected = "at most \(most) matching item\(most == 1 ? "" : "s")"
      return Words(predicate: "must contain \(expected)", expected: expected)
    case .unknownItem(let item):
      return Words(predicate: "must not have \(position(of: item))", expected: "fewer items")
    case .badName(let key): return nameWords(key, finding)
    case .noBranch: return alternativeWords(finding)
    case .severalBranches(let branches):
      let listed = branches.map { String($0) }.joined(separator: " and ")
      return Words(
        predicate: "must fit exactly one alternative, but fits alternatives \(listed)",
        expected: "a value that fits exactly one alternative")
    case .excluded: return Words(predicate: "must not be \(value(finding))", expected: "another value")
    case .neverValid: return Words(predicate: "is not allowed here", expected: "no value")
    case .beyondLimit:
      return Words(
        predicate: "takes more work to check than is allowed", expected: "a smaller or simpler value")
    default: return Words(predicate: "does not fit the schema", expected: "a value that fits the schema")
    }
  }

  /// What is wrong with a name is said of the name.
  private func nameWords(_ key: Int, _ finding: Finding) -> Words {
    guard !sensitive.contains(finding.instance, in: tape),
      let cause = FindingSelection.mostUseful(finding.causes, atMost: 1).first
    else {
      return Words(predicate: "has a property whose name is not allowed", expected: "other property names")
    }
    var words = words(for: cause)
    words.predicate = "has the property \(quoted(tape.string(at: key))), whose name \(words.predicate)"
    return words
  }

  private func mustBe(_ expected: String, _ finding: Finding) -> Words {
    Words(predicate: "must be \(expected), but is \(value(finding))", expected: expected)
  }

  private func position(of item: Int) -> String {
    sensitive.contains(item, in: tape) ? "an item" : "item \(pointer(to: item).tokens.last ?? "")"
  }

  private func notListed(_ enumeration: PlanEnumeration, _ finding: Finding) -> Words {
    let all = (0..<enumeration.allCount).map { Int(plan.lists[enumeration.all + $0]) }
    guard !all.isEmpty else { return Words(predicate: "is not allowed here", expected: "no value") }
    let constants = plan.constantValues
    let shown = all.prefix(12).map { ValueText(constants, $0).short }
    var suggestion: String?
    if !sensitive.contains(finding.instance, in: tape), tape.nodes[finding.instance].kind == .string {
      let strings = all.filter { constants.nodes[$0].kind == .string }.map { constants.string(at: $0) }
      suggestion = nearestMatch(to: tape.string(at: finding.instance), in: strings)
    }
    let more = all.count > shown.count ? " and \(all.count - shown.count) more" : ""
    let expected = all.count == 1 ? shown[0] : "one of \(shown.joined(separator: ", "))\(more)"
    return Words(
      predicate: "must be \(expected), but is \(value(finding))", expected: expected, suggestion: suggestion)
  }

  private func missingWords(_ keys: [String], _ cause: PlanKey?, _ finding: Finding) -> Words {
    let more = keys.count > 8 ? " and \(keys.count - 8) more" : ""
    let listed = keys.prefix(8).map(quoted).joined(separator: ", ") + more
    let noun = keys.count == 1 ? "property" : "properties"
    let reason = cause.map { ", required because it has \(quoted(plan.string(of: $0.text)))" } ?? ""
    return Words(predicate: "lacks the required \(noun) \(listed)\(reason)", expected: "\(noun) \(listed)")
  }

  private func unknownWords(_ key: Int, _ known: [String], _ finding: Finding) -> Words {
    let shown =
      known.prefix(12).map(quoted).joined(separator: ", ")
      + (known.count > 12 ? " and \(known.count - 12) more" : "")
    let allowed = known.isEmpty ? "none is allowed" : "allowed: \(shown)"
    guard !sensitive.contains(finding.instance, in: tape) else {
      return Words(predicate: "has a property that is not allowed (\(allowed))", expected: allowed)
    }
    let name = tape.string(at: key)
    let free = known.filter { !hasMember($0, finding.instance) }
    return Words(
      predicate: "must not have the property \(quoted(name)) (\(allowed))", expected: allowed,
      suggestion: nearestMatch(to: name, in: free))
  }

  private func hasMember(_ name: String, _ object: Int) -> Bool {
    var name = name
    let hash = JSONKeyHash.of(name)
    return name.withUTF8 { tape.value(of: $0, hash: hash, inObjectAt: object) } != nil
  }

  /// No alternative stands out: say which types they want, or how many there are.
  private func alternativeWords(_ finding: Finding) -> Words {
    let mismatches = finding.causes.compactMap { branch -> UInt8? in
      guard branch.causes.count == 1, let only = branch.causes.first, case .wrongType = only.problem,
        only.instance == finding.instance
      else { return nil }
      return plan.nodes[only.node].types
    }
    if !mismatches.isEmpty, mismatches.count == finding.causes.count {
      return mustBe(typeNames(of: mismatches.reduce(0, Self.union)), finding)
    }
    return mustBe("a value that fits one of \(finding.causes.count) alternatives", finding)
  }

  /// Integers beside numbers are numbers.
  private static func union(_ a: UInt8, _ b: UInt8) -> UInt8 {
    let number: UInt8 = 1 << JSONKind.number.rawValue
    let hasAnyNumber = [a, b].contains { $0 & number != 0 && $0 & PlanNode.integersOnly == 0 }
    return hasAnyNumber ? (a | b) & ~PlanNode.integersOnly : a | b
  }
}
