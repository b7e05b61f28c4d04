internal import JackfieldPluginSDK

/// What to do in a situation.
struct Rule: Sendable {
  let condition: Condition
  let action: Action
}

struct Action: Sendable {
  struct Call: Sendable {
    let tool: String
    let arguments: ArgumentTemplate
  }

  var answer: Template?
  var calls: [Call] = []
  /// To another agent: a call of the tool `transfer_to_<agent>`.
  var handoff: (agent: String, call: Call)?

  var slotNames: Set<String> {
    var names = answer?.slotNames ?? []
    for call in calls { names.formUnion(call.arguments.slotNames) }
    if let handoff { names.formUnion(handoff.call.arguments.slotNames) }
    return names
  }
}

/// The rules of one model, tried in order: the first that applies decides.
struct DialogueModel: Sendable {
  let rules: [(place: String, rule: Rule)]
  let otherwise: Action

  func decide(in situation: Situation) throws(ProviderError) -> (action: Action, slots: Slots) {
    for (place, rule) in rules {
      do {
        if let slots = try rule.condition.slots(in: situation) { return (rule.action, slots) }
      } catch {
        // Not passed over: with one rule less, the others would mean something else.
        throw .failed("\(place): its pattern takes too long on this text")
      }
    }
    return (otherwise, ["question": .string(situation.question)])
  }
}
