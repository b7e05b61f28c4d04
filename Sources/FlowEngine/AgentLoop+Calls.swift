import JSONCodec
import JSONSchema
import Manifests
import Storage
import ToolContracts

// What a model's calls are, and what becomes of them.
extension AgentLoop {
  /// Sorts the calls of an answer into tools, questions to other agents, the handoff, and those that are answered at once.
  mutating func classify(_ answer: ModelAnswer, _ run: inout RunLedger) -> ToolBatch {
    var batch = ToolBatch()
    let isCut = answer.finishReason == .length
    for call in answer.calls {
      let step = run.takeStep()
      run.record(.toolCalled, of: self, step: step) {
        $0.field("call_id", call.id)
        $0.field("name", call.name)
      }
      batch.entries.append(ToolBatch.Entry(call: call, step: step))
      let entry = batch.entries.count - 1
      guard !isCut else {
        refuse(
          entry, in: &batch,
          InvocationFailure(
            .invalidJSON, "the answer was cut off before this call was complete; it was not made"), &run)
        continue
      }
      switch toolbox[call.name]?.target {
      case .tool(let name): add(name, entry, to: &batch, &run)
      case .handoff(let definition): add(definition, entry, to: &batch, &run)
      case .person: askForPerson(entry, in: &batch, &run)
      case nil: refuse(entry, in: &batch, unknownTool(call.name), &run)
      }
    }
    return batch
  }

  private mutating func add(
    _ tool: ToolName, _ entry: Int, to batch: inout ToolBatch, _ run: inout RunLedger
  ) {
    if let failure = countToolCall(&batch, &run) { return refuse(entry, in: &batch, failure, &run) }
    let call = batch.entries[entry]
    let advertised = toolbox[call.call.name]
    batch.entries[entry].work = .tool(
      ToolCallStep(
        step: call.step, turn: turn, agent: agent.name, tool: tool,
        arguments: call.call.arguments(under: advertised?.inputSchema ?? .null), authority: toolbox.authority,
        isJudged: !agent.guardrails.toolInput.isEmpty || advertised?.approval != nil))
  }

  /// - Returns: why there can be no more.
  mutating func countToolCall(_ batch: inout ToolBatch, _ run: inout RunLedger) -> InvocationFailure? {
    guard run.toolCallCount < run.flow.limits.maxToolCalls else {
      batch.limit = "max_tool_calls"
      return InvocationFailure(
        .rateLimited, "this run may make \(run.flow.limits.maxToolCalls) tool calls, and has made them")
    }
    if let most = agent.limits.maxToolCalls, run.toolCallsMade(by: agent.name) >= most {
      return InvocationFailure(
        .rateLimited, "\(agent.name) may make \(most) tool calls in a run, and has made them")
    }
    if let role, let most = role.limits.maxToolCalls, run.toolCallsMade(for: role.name) >= most {
      return InvocationFailure(
        .rateLimited, "the stage \(role.name) may make \(most) tool calls, and has made them")
    }
    run.countToolCall(of: agent.name, for: role?.name)
    return nil
  }

  private func unknownTool(_ name: String) -> InvocationFailure {
    let names = toolbox.names
    let hint = nearestMatch(to: name, in: names).map { "did you mean \($0)? " } ?? ""
    let allowed =
      names.isEmpty ? "no tool can be called here" : "you can call: \(names.joined(separator: ", "))"
    return InvocationFailure(.toolNotFound, "there is no tool \(name.prefix(64)); \(hint)\(allowed)")
  }

  /// Answers a call without making it.
  func refuse(
    _ entry: Int, in batch: inout ToolBatch, _ failure: InvocationFailure, _ run: inout RunLedger
  ) {
    let call = batch.entries[entry].call
    run.record(.toolRejected, of: self, step: batch.entries[entry].step) {
      $0.field("tool", String(call.name.prefix(256)))
      $0.key("error")
      failure.write(to: &$0)
      $0.field("arguments_text", String(call.arguments.prefix(2048)))
    }
    batch.entries[entry].result = .failure(failure)
  }

  // MARK: Tools

  mutating func callTools(_ batch: ToolBatch, _ run: inout RunLedger) -> LoopMove {
    let open = batch.openTools
    if open.isEmpty { return checkResults(of: batch, &run) }
    if let move = askForApprovals(batch) { return move }
    hasCalledTools = true
    phase = .tools(batch)
    return .perform(open.map { .tool($0.step) })
  }

  mutating func toolsAnswered(
    _ batch: ToolBatch, _ outcomes: [StepOutcome], _ run: inout RunLedger
  ) -> LoopMove {
    var batch = batch
    var next = outcomes.makeIterator()
    for (entry, _) in batch.openTools {
      if case .result(let result) = next.next() { batch.entries[entry].result = result }
    }
    visited = [agent.name]
    return checkResults(of: batch, &run)
  }

  // MARK: The end of a turn

  /// Every call has its result: the run goes on.
  mutating func finish(_ batch: ToolBatch, _ run: inout RunLedger) -> LoopMove {
    var batch = batch
    if let move = callPerson(&batch, &run) { return move }
    if batch.limit != nil, let handoff = batch.handoff.take() { withdraw(handoff, &batch, &run) }
    conclude(batch)
    if let limit = batch.limit { return .limit(limit) }
    if let handoff = batch.handoff { return take(handoff, &run) }
    if let answer = answerOfTools(in: batch) { return toolsDecide(answer, &run) }
    if repeatedFailure.count >= run.flow.limits.maxIdenticalFailures, var failure = batch.lastFailure {
      failure.message = "the same call failed \(repeatedFailure.count) times in a row: \(failure.message)"
      return fail(failure, &run)
    }
    return nextTurn(&run)
  }

  /// The results become part of the conversation.
  mutating func conclude(_ batch: ToolBatch) {
    for entry in batch.entries {
      let result = entry.result ?? .failure(InvocationFailure(.internal, "the call has no result"))
      conversation.append(item(entry.call, result))
      repeatedFailure.note(entry.call, result)
    }
  }

  /// The result that is the answer, where the agent stops at its tools.
  private func answerOfTools(in batch: ToolBatch) -> [UInt8]? {
    for entry in batch.entries {
      guard case .tool(let step) = entry.work, case .success(let json) = entry.result else { continue }
      if agent.toolUse.stops(at: step.tool) { return json }
    }
    return nil
  }

  /// A tool's result is the answer as it stands; it must have the agent's form all the same.
  private mutating func toolsDecide(_ json: [UInt8], _ run: inout RunLedger) -> LoopMove {
    let text = String(decoding: json, as: UTF8.self)
    guard let contract = form else { return checkAnswer(AgentAnswer(text: text, json: json), &run) }
    do {
      _ = try contract.json(in: text)
      return checkAnswer(AgentAnswer(text: text, json: json), &run)
    } catch {
      return repair(error, contract, &run)
    }
  }

  private func item(_ call: ModelToolCall, _ result: Result<[UInt8], InvocationFailure>) -> Conversation.Item
  {
    switch result {
    case .success(let json): return .result(call: call, content: json, isError: false)
    case .failure(let failure):
      var writer = JSONWriter(reserving: 160)
      writer.beginObject()
      writer.key("error")
      failure.write(to: &writer)
      writer.endObject()
      return .result(call: call, content: writer.bytes, isError: true)
    }
  }
}

extension ToolBatch {
  fileprivate var lastFailure: InvocationFailure? {
    entries.reversed().lazy.compactMap { entry in
      if case .failure(let failure) = entry.result { failure } else { nil }
    }.first
  }
}

extension ModelToolCall {
  /// Some models send nothing at all where a tool takes no arguments. Anything else is taken as it is: where a tool takes
  /// some, nothing is what was lost of them.
  func arguments(under schema: JSONValue) -> [UInt8] {
    Array((arguments.isEmpty && schema.allowsNothing ? "{}" : arguments).utf8)
  }
}

extension JSONValue {
  /// Whether a schema has room for the empty object alone, as far as can be told at a glance.
  fileprivate var allowsNothing: Bool {
    let plain: Set = [
      "type", "properties", "required", "additionalProperties", "title", "description", "$schema",
    ]
    guard let schema = object, plain.isSuperset(of: schema.keys) else { return false }
    return schema["properties"]?.object?.isEmpty ?? true
      && [nil, .bool(false)].contains(schema["additionalProperties"])
  }
}
