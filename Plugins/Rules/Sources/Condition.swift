internal import JackfieldPluginSDK

/// When a rule applies, and what it then knows.
struct Condition: Sendable {
  var message: Pattern?
  var handoff: HandoffCondition?
  /// Each is about a result of its own.
  var results: [ResultCondition] = []
  var called: [String] = []
  var notCalled: [String] = []

  /// Nil if the rule does not apply. Later sources of a slot win: message, handoff, result, arguments.
  func slots(in situation: Situation) throws(Pattern.LimitReached) -> Slots? {
    // A rule is about what came last: otherwise the rule that called a tool would call it again after its result.
    guard situation.results.isEmpty == results.isEmpty else { return nil }
    guard called.allSatisfy(situation.called.contains), !notCalled.contains(where: situation.called.contains)
    else {
      return nil
    }
    var slots: Slots = ["question": .string(situation.question)]
    if let message {
      guard let found = try message.firstMatch(in: situation.question) else { return nil }
      slots.merge(found)
    }
    if let handoff {
      guard let found = try handoff.slots(in: situation.handoff) else { return nil }
      slots.merge(found) { $1 }
    }
    var left = situation.results
    for result in results {
      guard let found = try result.takeSlots(from: &left) else { return nil }
      slots.merge(found) { $1 }
    }
    return slots
  }

  /// Every slot that is there whenever the rule applies, or may be.
  var slotNames: Set<String> {
    var names: Set<String> = ["question"]
    names.formUnion(message?.names ?? [])
    if let handoff { names.formUnion(handoff.slotNames) }
    for result in results { names.formUnion(result.slotNames) }
    return names
  }
}

struct HandoffCondition: Sendable {
  var from: String?
  var pattern: Pattern?
  var fields = Fields()

  func slots(in handoff: Situation.Handoff?) throws(Pattern.LimitReached) -> Slots? {
    guard let handoff, from == nil || from == handoff.agent else { return nil }
    var slots: Slots = ["from": .string(handoff.agent)]
    if let pattern {
      guard let found = try pattern.firstMatch(in: handoff.payload) else { return nil }
      slots.merge(found)
    }
    guard let found = fields.values(in: handoff.payload) else { return nil }
    return slots.merging(found) { $1 }
  }

  var slotNames: Set<String> { Set(["from"] + (pattern?.names ?? []) + fields.pointers.keys) }
}

struct ResultCondition: Sendable {
  var tool: String?
  var isError: Bool?
  var code: String?
  var pattern: Pattern?
  var fields = Fields()
  var arguments = Fields()

  /// What the first result that fits has to say; takes it away.
  func takeSlots(from results: inout [Situation.Result]) throws(Pattern.LimitReached) -> Slots? {
    for (index, result) in results.enumerated() {
      guard let slots = try slots(in: result) else { continue }
      results.remove(at: index)
      return slots
    }
    return nil
  }

  private func slots(in result: Situation.Result) throws(Pattern.LimitReached) -> Slots? {
    guard tool == nil || tool == result.tool, isError == nil || isError == result.isError else { return nil }
    if let code {
      let found = result.isError ? JSONValue(parsing: result.content)?.child("error")?.child("code") : nil
      guard found == .string(code) else { return nil }
    }
    var slots: Slots = ["tool": .string(result.tool)]
    if let pattern {
      guard let found = try pattern.firstMatch(in: result.content) else { return nil }
      slots.merge(found)
    }
    guard let found = fields.values(in: result.content), let given = arguments.values(in: result.arguments)
    else {
      return nil
    }
    return slots.merging(found) { $1 }.merging(given) { $1 }
  }

  var slotNames: Set<String> {
    Set(["tool"] + (pattern?.names ?? []) + fields.pointers.keys + arguments.pointers.keys)
  }
}

/// Slots that are parts of a JSON text.
struct Fields: Sendable {
  var pointers: [String: JSONPointer] = [:]

  /// Nil unless every part is there.
  func values(in text: String) -> Slots? {
    guard !pointers.isEmpty else { return [:] }
    guard let document = JSONValue(parsing: text) else { return nil }
    var slots: Slots = [:]
    for (name, pointer) in pointers {
      guard let value = pointer.value(in: document) else { return nil }
      slots[name] = value
    }
    return slots
  }
}

extension Slots {
  fileprivate mutating func merge(_ texts: [String: String]) {
    merge(texts.mapValues { JSONValue.string($0) }) { $1 }
  }
}
