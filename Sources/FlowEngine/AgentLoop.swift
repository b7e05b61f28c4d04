import JSONCodec
import Manifests
import Storage
import ToolContracts

/// What a loop wants next.
enum LoopMove: Sendable {
  case perform([FlowStep])
  /// All of these are to be answered before the loop goes on.
  case delegate([HandoffCall])
  case answer(AgentAnswer)
  case fail(InvocationFailure)
  /// A limit of the run was met: by its name.
  case limit(String)
}

/// What an agent has to say in the end.
struct AgentAnswer: Sendable, Equatable {
  var text: String
  /// Where the answer has a form, or is a tool's result.
  var json: [UInt8]?
  /// A person gives it in the agent's place.
  var isPersons = false
}

/// An agent at work, turn by turn, until there is an answer. Who hands over leaves the loop to the target; who only asks
/// another agent waits, and the other has a loop of its own.
struct AgentLoop: Sendable {
  /// Who waits for the answer.
  struct Caller: Sendable {
    let loop: Int
    let delegation: HandoffCall
    /// The agents that wait, all the way up: none of them can be asked.
    let agents: Set<String>
  }
  /// What the loop waits for.
  enum Phase: Sendable {
    case nothing
    case compaction(ConversationPast.Compaction, step: UInt32)
    case inputChecks(GuardRound)
    case model
    case argumentChecks(ToolBatch, GuardRound)
    case approvals(ToolBatch)
    case tools(ToolBatch)
    case resultChecks(ToolBatch, GuardRound)
    case delegations(ToolBatch)
    case answerChecks(AgentAnswer, GuardRound)
    case confidence(AgentAnswer)
    case person(PersonTurn)
  }

  let id: Int
  let caller: Caller?
  /// Nil where the flow has no stages.
  let role: StageRole?
  var agent: AgentDefinition
  var toolbox: Toolbox
  var authority: Authority
  var conversation: Conversation
  /// Of its newest model call.
  var turn: UInt32
  /// Agents since something new was learned: to go back to one of them is to go in circles.
  var visited: Set<String>
  var hasCalledTools = false
  var isWrappingUp = false
  var repeatedFailure = RepeatedFailure()
  /// How often the agent's answer was given back to it.
  var repairs = 0
  var phase = Phase.nothing
  /// What is being done for it, or is to be done.
  var pending: [FlowStep] = []

  init(
    _ agent: AgentDefinition, _ conversation: Conversation, authority: Authority, caller: Caller?,
    role: StageRole? = nil, _ run: inout RunLedger
  ) {
    id = run.takeLoop()
    self.caller = caller
    self.role = role
    self.agent = agent
    self.authority = authority
    self.conversation = conversation
    toolbox = run.toolbox(of: agent, within: authority, isAnswering: caller == nil)
    turn = run.turn
    visited = [agent.name]
  }

  /// The form that its answer must have.
  var form: OutputContract? { role?.output ?? agent.output }

  // MARK: What happened

  mutating func begin(_ run: inout RunLedger) -> LoopMove {
    run.record(.agentStarted, of: self) { if let role { $0.field("stage", role.name) } }
    run.show(.agentStarted(agent.name))
    return compactPast(&run) ?? checkInput(&run)
  }

  /// - Parameter outcomes: of the steps that it wanted, in their order.
  mutating func answered(_ outcomes: [StepOutcome], _ run: inout RunLedger) -> LoopMove {
    let phase = self.phase
    self.phase = .nothing
    switch phase {
    case .compaction(let compaction, let step):
      return compacted(compaction, step, outcomes.first, &run)
    case .inputChecks(let round): return inputChecked(round, outcomes, &run)
    case .model: return modelAnswered(outcomes.first, &run)
    case .argumentChecks(let batch, let round): return argumentsChecked(batch, round, outcomes, &run)
    case .approvals(let batch): return approvalsDecided(batch, outcomes, &run)
    case .tools(let batch): return toolsAnswered(batch, outcomes, &run)
    case .resultChecks(let batch, let round): return resultsChecked(batch, round, outcomes, &run)
    case .confidence(let answer): return confidenceTold(answer, outcomes.first, &run)
    case .person(let turn): return personReturned(turn, outcomes.first, &run)
    case .answerChecks(let answer, let round): return answerChecked(answer, round, outcomes, &run)
    case .delegations, .nothing:
      return .fail(InvocationFailure(.internal, "there was no step to answer"))
    }
  }

  // MARK: Turns

  mutating func nextTurn(_ run: inout RunLedger) -> LoopMove {
    let limits = run.flow.limits
    guard Int(run.turn) < limits.maxTurns else { return .limit("max_turns") }
    if let most = limits.maxTotalTokens, run.tokenCount >= most { return .limit("max_total_tokens") }
    if let most = limits.maxCost, run.hasUnknownCost || run.cost >= most { return .limit("max_cost") }
    if let most = agent.limits.maxTurns, run.turnsTaken(by: agent.name) >= most {
      // Who waits for it can go on without, and so may the other stages.
      if caller == nil, role == nil { return .limit("agent_max_turns") }
      return fail(
        InvocationFailure(.rateLimited, "\(agent.name) may take \(most) turns in a run, and has"), &run)
    }
    if let role, let most = role.limits.maxTurns, run.turnsTaken(for: role.name) >= most {
      return fail(
        InvocationFailure(.rateLimited, "the stage \(role.name) may take \(most) turns, and has"), &run)
    }
    return callModel(&run)
  }

  mutating func callModel(_ run: inout RunLedger) -> LoopMove {
    turn = run.takeTurn(of: agent.name, for: role?.name)
    phase = .model
    // Asked for again after it was done, `required` would never come to an end.
    let choice: ToolChoice =
      isWrappingUp ? .none : hasCalledTools && agent.toolChoice == .required ? .auto : agent.toolChoice
    let request: @Sendable (AgentDefinition) -> [UInt8] = {
      [conversation, form, toolbox = isWrappingUp ? .empty : toolbox] in
      $0.request(conversation, form, toolbox: toolbox, toolChoice: choice)
    }
    return .perform([
      .model(
        ModelCall(
          step: run.takeStep(), turn: turn, agent: agent.name, provider: agent.provider,
          request: request(agent), authority: toolbox.authority,
          isWithheld: !agent.guardrails.output.isEmpty || awaitsConfidence(run), model: agent.model,
          plan: agent.plan,
          requestForOther: { [agent] in request(agent.asking($0)) }))
    ])
  }

  private mutating func modelAnswered(_ outcome: StepOutcome?, _ run: inout RunLedger) -> LoopMove {
    switch outcome {
    case .answer(let answer):
      let continuation =
        answer.continuation.isEmpty
        ? nil
        : Continuation(
          provider: answer.provider ?? agent.provider, model: answer.model ?? agent.model,
          json: answer.continuation)
      conversation.append(.assistant(text: answer.text, calls: answer.calls, continuation: continuation))
      run.count(answer)
      if answer.calls.isEmpty || isWrappingUp { return finalAnswer(answer, &run) }
      return checkArguments(of: classify(answer, &run), &run)
    case .noAnswer(let failure): return fail(failure, &run)
    case .result, .decision, .returned, nil:
      return .fail(InvocationFailure(.internal, "there was no model call to answer"))
    }
  }

  // MARK: The end

  private mutating func finalAnswer(_ answer: ModelAnswer, _ run: inout RunLedger) -> LoopMove {
    if answer.finishReason == .contentFilter {
      return fail(
        InvocationFailure(.denied, "the model's answer was withheld by its content filter"), &run)
    }
    // Its words are an answer like any other, where no form is asked for.
    if answer.finishReason == .refusal, agent.output != nil || answer.text.isEmpty {
      return fail(InvocationFailure(.denied, "the model declines to answer this"), &run)
    }
    // There are no turns left to mend it in.
    guard let contract = form, !isWrappingUp else {
      return checkAnswer(AgentAnswer(text: answer.text), &run)
    }
    do {
      let json = try contract.json(in: answer.text)
      return checkAnswer(AgentAnswer(text: String(decoding: json, as: UTF8.self), json: json), &run)
    } catch {
      return repair(error, contract, &run)
    }
  }

  /// The model is told what is wrong, and has another turn; not for ever.
  mutating func repair(
    _ failure: InvocationFailure, _ contract: OutputContract, _ run: inout RunLedger
  ) -> LoopMove {
    run.record(.outputRejected, of: self) {
      $0.key("error")
      failure.write(to: &$0)
    }
    run.show(.answerRejected(agent: agent.name, failure: failure))
    guard repairs < contract.repairs else { return fail(failure, &run) }
    repairs += 1
    let place = failure.pointer.map { $0.tokens.isEmpty ? "" : " at \($0)" } ?? ""
    conversation.append(
      .correction(
        "Your answer does not have the form that is asked for: \(failure.message)\(place). Answer again, with nothing but "
          + "the JSON."))
    return nextTurn(&run)
  }

  mutating func done(_ answer: AgentAnswer, _ run: inout RunLedger) -> LoopMove {
    run.record(.agentFinished, of: self)
    return .answer(answer)
  }

  mutating func fail(_ failure: InvocationFailure, _ run: inout RunLedger) -> LoopMove {
    handFailureOver(failure, &run) ?? failed(failure, &run)
  }

  mutating func failed(_ failure: InvocationFailure, _ run: inout RunLedger) -> LoopMove {
    run.record(.agentFinished, of: self)
    return .fail(failure)
  }

  // MARK: Ends from outside

  /// The run ends here. What is still to be done is not begun, and every call that is open is answered.
  mutating func abandon(_ failure: InvocationFailure, _ run: inout RunLedger) {
    _ = closeBatch(failure, &run)
    run.record(.agentFinished, of: self)
  }

  private mutating func closeBatch(_ failure: InvocationFailure, _ run: inout RunLedger) -> ToolBatch? {
    let toolsWereMade: Bool
    var batch: ToolBatch
    switch phase {
    case .argumentChecks(let open, _): (batch, toolsWereMade) = (open, false)
    // What was being done is not pending any more, and has its end in the journal.
    case .approvals(let open), .tools(let open): (batch, toolsWereMade) = (open, pending.isEmpty)
    case .resultChecks(let open, _), .delegations(let open), .person(.call(let open)):
      (batch, toolsWereMade) = (open, true)
    case .nothing, .compaction, .inputChecks, .model, .answerChecks, .confidence, .person: return nil
    }
    phase = .nothing
    pending = []
    for (entry, _) in batch.openTools where !toolsWereMade || batch.entries[entry].isAskedAbout {
      refuse(entry, in: &batch, failure, &run)
    }
    for delegation in batch.openDelegations {
      batch.entries[delegation.entry].result = .failure(failure)
      recordEnd(of: delegation, in: batch, &run)
    }
    if let handoff = batch.handoff.take() { withdraw(handoff, &batch, &run) }
    withdrawPerson(from: &batch, failure, &run)
    batch.answerRest(failure)
    return batch
  }

  /// One more model call, without tools, to say where things stand.
  mutating func wrapUp(_ failure: InvocationFailure, _ run: inout RunLedger) -> LoopMove {
    if let batch = closeBatch(failure, &run) { conclude(batch) }
    isWrappingUp = true
    return callModel(&run)
  }
}
