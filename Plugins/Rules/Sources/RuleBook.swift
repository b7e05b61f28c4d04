package import JackfieldPluginSDK

/// All models of one tenant, compiled. Any thread.
package struct RuleBook: Sendable {
  let models: [String: DialogueModel]

  /// - Throws: `ConfigurationError` that names the model and the rule.
  package init(_ source: RuleSource) throws(ConfigurationError) {
    var models: [String: DialogueModel] = [:]
    for (name, model) in source.models.sorted(by: { $0.key < $1.key }) {
      models[name] = try Self.compiled(model, place: "model \"\(name)\"")
    }
    self.models = models
  }

  package var modelNames: [String] { models.keys.sorted() }

  func model(named name: String) throws(ProviderError) -> DialogueModel {
    if let model = models[name] { return model }
    let hint =
      closestName(to: name, among: modelNames).map { "did you mean \"\($0)\"?" }
      ?? "there are: \(modelNames.joined(separator: ", "))"
    throw .invalidRequest("no model \"\(name.prefix(64))\"; \(hint)")
  }

  private static func compiled(_ source: RuleSource.Model, place: String) throws(ConfigurationError)
    -> DialogueModel
  {
    var rules: [(place: String, rule: Rule)] = []
    for (index, rule) in (source.rules ?? []).enumerated() {
      let place = "\(place), rule \(index + 1)" + (rule.name.map { " \"\($0)\"" } ?? "")
      let compiler = RuleCompiler(place: place)
      let condition = try compiler.condition(rule.when)
      rules.append(
        (place, Rule(condition: condition, action: try compiler.action(rule.action, for: condition))))
    }
    let otherwise = try RuleCompiler(place: "\(place), default").action(source.default, for: Condition())
    return DialogueModel(rules: rules, otherwise: otherwise)
  }
}

/// Turns what an author wrote into what runs, and says where he was wrong.
private struct RuleCompiler {
  let place: String

  func failure(_ message: String) -> ConfigurationError { ConfigurationError("\(place): \(message)") }

  // MARK: Conditions

  func condition(_ source: RuleSource.Condition?) throws(ConfigurationError) -> Condition {
    guard let source else { return Condition() }
    var results: [ResultCondition] = []
    for result in source.toolResult?.elements ?? [] { results.append(try self.result(result)) }
    return Condition(
      message: try pattern(source.message, of: "message"), handoff: try handoff(source.handoff),
      results: results, called: source.called ?? [], notCalled: source.notCalled ?? [])
  }

  private func handoff(_ source: RuleSource.Handoff?) throws(ConfigurationError) -> HandoffCondition? {
    guard let source else { return nil }
    return HandoffCondition(
      from: source.from, pattern: try pattern(source.pattern, of: "handoff"),
      fields: try fields(source.fields, of: "handoff.fields"))
  }

  private func result(_ source: RuleSource.ToolResult) throws(ConfigurationError) -> ResultCondition {
    return ResultCondition(
      tool: source.tool, isError: source.isError, code: source.code,
      pattern: try pattern(source.pattern, of: "tool_result"),
      fields: try fields(source.fields, of: "tool_result.fields"),
      arguments: try fields(source.arguments, of: "tool_result.arguments"))
  }

  private func pattern(_ expression: String?, of key: String) throws(ConfigurationError) -> Pattern? {
    guard let expression else { return nil }
    do {
      return try Pattern(expression)
    } catch {
      throw failure("the pattern of \(key) is wrong: \(error.message)")
    }
  }

  private func fields(_ source: [String: String]?, of key: String) throws(ConfigurationError) -> Fields {
    var pointers: [String: JSONPointer] = [:]
    for (name, text) in source ?? [:] {
      guard let pointer = JSONPointer(text) else {
        throw failure("\(key).\(name): \"\(text)\" is no JSON pointer; one begins with \"/\"")
      }
      pointers[name] = pointer
    }
    return Fields(pointers: pointers)
  }

  // MARK: Actions

  func action(_ source: RuleSource.Action, for condition: Condition) throws(ConfigurationError) -> Action {
    var action = Action()
    do {
      action.answer = try source.answer.map { text throws(Template.SyntaxError) in try Template(text) }
      for call in source.call?.elements ?? [] {
        action.calls.append(try self.call(call.tool, call.arguments))
      }
      if let handoff = source.handoff {
        action.handoff = (handoff.agent, try call("transfer_to_" + handoff.agent, handoff.arguments))
      }
    } catch {
      throw failure(error.message)
    }
    guard source.answer != nil || !action.calls.isEmpty || action.handoff != nil else {
      throw failure("it does nothing; give an answer, a call or a handoff")
    }
    let known = condition.slotNames
    if let unknown = action.slotNames.subtracting(known).min() {
      let names = known.sorted().joined(separator: ", ")
      throw failure("nothing gives {{\(unknown)}} a value; there are: \(names)")
    }
    return action
  }

  private func call(_ tool: String, _ arguments: JSONValue?) throws(Template.SyntaxError) -> Action.Call {
    Action.Call(tool: tool, arguments: try ArgumentTemplate(arguments ?? [:]))
  }
}
