import JSONCodec
import JSONSchema
import Manifests
import Storage
import ToolContracts

// How one agent turns to another: for good, or to be answered.
extension AgentLoop {
  mutating func add(
    _ definition: HandoffDefinition, _ entry: Int, to batch: inout ToolBatch, _ run: inout RunLedger
  ) {
    let call = batch.entries[entry]
    run.record(.handoffRequested, of: self, step: call.step) {
      $0.field("target", definition.target)
      if definition.mode == .delegate { $0.field("mode", definition.mode.rawValue) }
    }
    if definition.mode == .transfer, batch.handoff != nil || batch.person != nil {
      run.record(.handoffSuperseded, of: self, step: call.step) { $0.field("target", definition.target) }
      batch.entries[entry].result = .failure(
        InvocationFailure(.handoffInvalid, "another handoff of this turn came first"))
      return
    }
    do throws(InvocationFailure) {
      let payload = try checkedPayload(of: call.call, definition)
      if definition.mode == .transfer, run.handoffCount >= run.flow.limits.maxHandoffs {
        batch.limit = "max_handoffs"
      }
      try checkRoute(to: definition, run)
      switch definition.mode {
      case .transfer:
        batch.handoff = HandoffCall(
          definition: definition, payload: payload, step: call.step, entry: entry)
        batch.entries[entry].result = .success(handoffResult(definition))
      case .delegate:
        if let failure = countToolCall(&batch, &run) { throw failure }
        run.count(definition)
        batch.entries[entry].work = .delegation(
          HandoffCall(definition: definition, payload: payload, step: call.step, entry: entry))
      }
    } catch {
      reject(definition, call.step, error, &run)
      batch.entries[entry].result = .failure(error)
    }
  }

  private func reject(
    _ definition: HandoffDefinition, _ step: UInt32, _ failure: InvocationFailure, _ run: inout RunLedger
  ) {
    run.record(.handoffRejected, of: self, step: step) {
      $0.field("target", definition.target)
      $0.key("error")
      failure.write(to: &$0)
    }
    run.show(.handoffRefused(target: definition.target, agent: agent.name, failure: failure))
  }

  private func checkedPayload(
    of call: ModelToolCall, _ definition: HandoffDefinition
  ) throws(InvocationFailure) -> [UInt8] {
    let bytes = call.arguments(under: definition.inputSchema)
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

  private func checkRoute(
    to definition: HandoffDefinition, _ run: RunLedger
  ) throws(InvocationFailure) {
    let isTransfer = definition.mode == .transfer
    if isTransfer, run.handoffCount >= run.flow.limits.maxHandoffs {
      throw InvocationFailure(
        .handoffInvalid, "this run may hand over \(run.flow.limits.maxHandoffs) times, and has")
    }
    if let most = definition.maxPerRun, run.timesTaken(definition) >= most {
      throw InvocationFailure(
        .handoffInvalid, "\(definition.toolName) can be used \(most) times in a run, and was")
    }
    if caller?.agents.contains(definition.target) == true
      || !isTransfer && definition.target == agent.name
    {
      throw InvocationFailure(
        .handoffInvalid, "\(definition.target) waits for this answer and cannot give it")
    }
    if isTransfer, visited.contains(definition.target) {
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

  // MARK: Transfers

  /// The handoff that had won is not carried out any more, and does not look as if it were.
  func withdraw(_ handoff: HandoffCall, _ batch: inout ToolBatch, _ run: inout RunLedger) {
    let failure = InvocationFailure(.handoffInvalid, "the run came to its end before it could be handed over")
    batch.entries[handoff.entry].result = .failure(failure)
    reject(handoff.definition, handoff.step, failure, &run)
  }

  mutating func take(_ handoff: HandoffCall, _ run: inout RunLedger) -> LoopMove {
    let definition = handoff.definition
    guard let target = run.agent(definition.target) else {
      return fail(InvocationFailure(.internal, "the flow has no agent \(definition.target)"), &run)
    }
    let source = agent.name
    let before = conversation
    conversation = before.handedOver(from: source, definition, payload: handoff.payload)
    run.record(.handoffCompleted, of: self, step: handoff.step) {
      $0.crossing(from: source, to: target.name, handoff.payload, before, conversation)
    }
    run.show(.handedOff(from: source, to: target.name))
    run.record(.agentFinished, of: self)
    run.handoffCount += 1
    run.count(definition)
    agent = target
    authority = authority.narrowed(to: definition.authority)
    toolbox = run.toolbox(of: target, within: authority, isAnswering: caller == nil)
    visited.insert(target.name)
    hasCalledTools = false
    // What a stage allows is not had anew by handing it over.
    if role?.output == nil { repairs = 0 }
    repeatedFailure = RepeatedFailure()
    return begin(&run)
  }

  // MARK: Delegations

  mutating func waitForDelegations(_ batch: ToolBatch, _ run: inout RunLedger) -> LoopMove {
    let open = batch.openDelegations
    // A run that is about to end asks nobody.
    if let limit = batch.limit {
      var batch = batch
      batch.answerRest(.reached(limit))
      for delegation in open { recordEnd(of: delegation, in: batch, &run) }
      return finish(batch, &run)
    }
    if open.isEmpty { return finish(batch, &run) }
    hasCalledTools = true
    phase = .delegations(batch)
    return .delegate(open)
  }

  /// The loop in which `delegation` is answered.
  func callee(for delegation: HandoffCall, _ run: inout RunLedger) -> AgentLoop? {
    guard let target = run.agent(delegation.definition.target) else { return nil }
    let given = conversation.handedOver(from: agent.name, delegation.definition, payload: delegation.payload)
    run.record(.delegationStarted, of: self, step: delegation.step) {
      $0.crossing(from: agent.name, to: target.name, delegation.payload, conversation, given)
    }
    run.show(.delegated(from: agent.name, to: target.name))
    return AgentLoop(
      target, given, authority: authority.narrowed(to: delegation.definition.authority),
      caller: Caller(
        loop: id, delegation: delegation, agents: (caller?.agents ?? []).union([agent.name])),
      role: role?.ofCallee, &run)
  }

  /// - Returns: nil while others are still to answer.
  mutating func delegateAnswered(
    _ delegation: HandoffCall, _ result: Result<AgentAnswer, InvocationFailure>, _ run: inout RunLedger
  ) -> LoopMove? {
    guard case .delegations(var batch) = phase else { return nil }
    batch.entries[delegation.entry].result = result.map(\.asResult)
    recordEnd(of: delegation, in: batch, &run)
    guard batch.openDelegations.isEmpty else {
      phase = .delegations(batch)
      return nil
    }
    phase = .nothing
    visited = [agent.name]
    return finish(batch, &run)
  }

  func recordEnd(of delegation: HandoffCall, in batch: ToolBatch, _ run: inout RunLedger) {
    run.record(.delegationFinished, of: self, step: delegation.step) {
      $0.field("to", delegation.definition.target)
      switch batch.entries[delegation.entry].result {
      case .success(let json): $0.field("result", raw: json)
      case .failure(let failure):
        $0.key("error")
        failure.write(to: &$0)
      case nil: break
      }
    }
  }
}

extension AgentAnswer {
  /// As the result of a call.
  fileprivate var asResult: [UInt8] {
    if let json { return json }
    var writer = JSONWriter(reserving: 32 + text.utf8.count)
    writer.beginObject()
    writer.field("answer", text)
    writer.endObject()
    return writer.bytes
  }
}

extension JSONWriter {
  /// What goes from one agent to another.
  fileprivate mutating func crossing(
    from source: String, to target: String, _ payload: [UInt8], _ before: Conversation, _ after: Conversation
  ) {
    field("from", source)
    field("to", target)
    field("payload", raw: payload)
    field("history_before", before.items.count)
    field("history_after", after.items.count)
    field("digest_before", before.digest)
    field("digest_after", after.digest)
  }
}
