import JSONCodec
import JSONSchema
import Manifests
import Storage
import ToolContracts

// What a model's calls are, and what becomes of them.
extension FlowStateMachine {
  /// Sorts the calls of an answer into those that run, the handoff, and those that are answered at once.
  mutating func classify(_ answer: ModelAnswer) -> ToolBatch {
    var batch = ToolBatch()
    let isCut = answer.finishReason == .length
    for call in answer.calls {
      let step = takeStep()
      record(.toolCalled, step: step) {
        $0.field("call_id", call.id)
        $0.field("name", call.name)
      }
      guard !isCut else {
        refuse(
          call, step, &batch,
          InvocationFailure(
            .invalidJSON, "the answer was cut off before this call was complete; it was not made"))
        continue
      }
      switch toolbox.tools[call.name]?.target {
      case .tool(let name): add(call, to: name, step, &batch)
      case .handoff(let definition): add(call, definition, step, &batch)
      case nil: refuse(call, step, &batch, unknownTool(call.name))
      }
    }
    return batch
  }

  private mutating func add(
    _ call: ModelToolCall, to tool: ToolName, _ step: UInt32, _ batch: inout ToolBatch
  ) {
    guard toolCallCount + batch.running.count < flow.limits.maxToolCalls else {
      batch.limit = "max_tool_calls"
      return refuse(
        call, step, &batch,
        InvocationFailure(
          .rateLimited, "this run may make \(flow.limits.maxToolCalls) tool calls, and has made them"))
    }
    batch.entries.append(ToolBatch.Entry(call: call))
    batch.running.append(
      ToolCallStep(step: step, turn: turn, agent: agent.name, tool: tool, arguments: argumentBytes(of: call)))
  }

  /// Some models send nothing at all where a tool takes no arguments. Anything else is taken as it is.
  private func argumentBytes(of call: ModelToolCall) -> [UInt8] {
    call.arguments.isEmpty ? Array("{}".utf8) : Array(call.arguments.utf8)
  }

  private func unknownTool(_ name: String) -> InvocationFailure {
    let names = toolbox.names
    let hint = nearestMatch(to: name, in: names).map { "did you mean \($0)? " } ?? ""
    let allowed =
      names.isEmpty ? "no tool can be called here" : "you can call: \(names.joined(separator: ", "))"
    return InvocationFailure(.toolNotFound, "there is no tool \(name.prefix(64)); \(hint)\(allowed)")
  }

  // MARK: Handoffs

  private mutating func add(
    _ call: ModelToolCall, _ definition: HandoffDefinition, _ step: UInt32, _ batch: inout ToolBatch
  ) {
    record(.handoffRequested, step: step) { $0.field("target", definition.target) }
    if batch.handoff != nil {
      record(.handoffSuperseded, step: step) { $0.field("target", definition.target) }
      batch.entries.append(
        ToolBatch.Entry(
          call: call,
          result: .failure(InvocationFailure(.handoffInvalid, "another handoff of this turn came first"))))
      return
    }
    do {
      let payload = try checkedPayload(of: call, definition)
      if handoffCount >= flow.limits.maxHandoffs { batch.limit = "max_handoffs" }
      try checkRoute(to: definition)
      batch.handoff = ToolBatch.Handoff(
        definition: definition, payload: payload, step: step, entry: batch.entries.count)
      batch.entries.append(ToolBatch.Entry(call: call, result: .success(handoffResult(definition))))
    } catch {
      record(.handoffRejected, step: step) {
        $0.field("target", definition.target)
        $0.key("error")
        error.write(to: &$0)
      }
      shown.append(.handoffRefused(target: definition.target, agent: agent.name, failure: error))
      batch.entries.append(ToolBatch.Entry(call: call, result: .failure(error)))
    }
  }

  private func checkedPayload(
    of call: ModelToolCall, _ definition: HandoffDefinition
  ) throws(InvocationFailure) -> [UInt8] {
    let bytes = argumentBytes(of: call)
    let document: JSONDocument
    do {
      document = try JSONDocument(parsing: bytes, limits: .strict)
    } catch {
      throw InvocationFailure(
        .handoffInvalid, "the arguments of \(call.name) are not valid JSON: \(error.message)")
    }
    if let error = definition.compiledSchema.validate(document.root, maxErrors: 1).first {
      throw InvocationFailure(.handoffInvalid, error.message, pointer: error.instance)
    }
    return bytes
  }

  private func checkRoute(to definition: HandoffDefinition) throws(InvocationFailure) {
    if handoffCount >= flow.limits.maxHandoffs {
      throw InvocationFailure(
        .handoffInvalid, "this run may hand over \(flow.limits.maxHandoffs) times, and has")
    }
    if let most = definition.maxPerRun, handoffsTaken[definition.toolName, default: 0] >= most {
      throw InvocationFailure(
        .handoffInvalid, "\(definition.toolName) can be used \(most) times in a run, and was")
    }
    if visited.contains(definition.target) {
      throw InvocationFailure(
        .handoffInvalid,
        "\(definition.target) was asked already and nothing new was found since; answer, or call a tool first"
      )
    }
  }

  private func handoffResult(_ definition: HandoffDefinition) -> [UInt8] {
    var writer = JSONWriter(reserving: 64)
    writer.beginObject()
    writer.field("assistant", definition.target)
    writer.endObject()
    return writer.bytes
  }

  // MARK: The end of a turn

  /// Every call of the batch has its result: they become part of the conversation, and the run goes on.
  mutating func finish(_ batch: inout ToolBatch) -> FlowAction {
    if batch.limit != nil, let handoff = batch.handoff.take() { withdraw(handoff, &batch) }
    var last: InvocationFailure?
    for entry in batch.entries {
      let result = entry.result ?? .failure(InvocationFailure(.internal, "the call has no result"))
      conversation.append(item(entry.call, result))
      repeatedFailure.note(entry.call, result)
      if case .failure(let failure) = result { last = failure }
    }
    if let limit = batch.limit { return limitReached(limit) }
    if let handoff = batch.handoff { return take(handoff) }
    if repeatedFailure.count >= flow.limits.maxIdenticalFailures, var failure = last {
      failure.message = "the same call failed \(repeatedFailure.count) times in a row: \(failure.message)"
      return failed(failure)
    }
    return nextTurn()
  }

  /// The run ends with this turn, so the handoff that had won is not carried out, and does not look as if it were.
  private mutating func withdraw(_ handoff: ToolBatch.Handoff, _ batch: inout ToolBatch) {
    let failure = InvocationFailure(.handoffInvalid, "the run reached a limit before it could be handed over")
    batch.entries[handoff.entry].result = .failure(failure)
    record(.handoffRejected, step: handoff.step) {
      $0.field("target", handoff.definition.target)
      $0.key("error")
      failure.write(to: &$0)
    }
    shown.append(.handoffRefused(target: handoff.definition.target, agent: agent.name, failure: failure))
  }

  private mutating func take(_ handoff: ToolBatch.Handoff) -> FlowAction {
    guard let target = flow.agents[handoff.definition.target] else {
      return failed(InvocationFailure(.internal, "the flow has no agent \(handoff.definition.target)"))
    }
    let source = agent.name
    let before = conversation.items.count
    conversation = conversation.handedOver(
      from: source, payload: handoff.payload, history: handoff.definition.history)
    let after = conversation.items.count
    record(.handoffCompleted, step: handoff.step) {
      $0.field("from", source)
      $0.field("to", target.name)
      $0.field("payload", raw: handoff.payload)
      $0.field("history_before", before)
      $0.field("history_after", after)
    }
    shown.append(.handedOff(from: source, to: target.name))
    agentFinished()
    handoffCount += 1
    handoffsTaken[handoff.definition.toolName, default: 0] += 1
    agent = target
    visited.insert(target.name)
    hasCalledTools = false
    repeatedFailure = RepeatedFailure()
    agentStarted()
    return nextTurn()
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

  /// Answers a call without making it.
  private mutating func refuse(
    _ call: ModelToolCall, _ step: UInt32, _ batch: inout ToolBatch, _ failure: InvocationFailure
  ) {
    record(.toolRejected, step: step) {
      $0.field("tool", String(call.name.prefix(256)))
      $0.key("error")
      failure.write(to: &$0)
      $0.field("arguments_text", String(call.arguments.prefix(2048)))
    }
    batch.entries.append(ToolBatch.Entry(call: call, result: .failure(failure)))
  }
}
