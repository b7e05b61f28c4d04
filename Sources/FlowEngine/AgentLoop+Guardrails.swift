import JSONCodec
import Storage
import ToolContracts

// What must say yes before something passes. What does not say yes has said no.
extension AgentLoop {
  /// - Returns: the tools that are to be asked; what they say still counts.
  private func check(
    _ subject: GuardedSubject, _ guardrails: [Guardrail], entry: Int? = nil, _ run: inout RunLedger
  ) throws(InvocationFailure) -> [GuardRound.Question] {
    var questions: [GuardRound.Question] = []
    for guardrail in guardrails {
      switch guardrail.check {
      case .schema(let schema):
        if !subject.passes(schema) { throw refusal(guardrail.name, subject, nil, &run) }
      case .text(let schema):
        if !subject.textPasses(schema) { throw refusal(guardrail.name, subject, nil, &run) }
      case .tool(let name):
        let step = ToolCallStep(
          step: run.takeStep(), turn: turn, agent: agent.name, tool: name,
          arguments: subject.question(for: guardrail.name), authority: toolbox.authority)
        questions.append(
          GuardRound.Question(guardrail: guardrail.name, subject: subject, entry: entry, step: step))
      }
    }
    return questions
  }

  private func refusal(
    _ guardrail: String, _ subject: GuardedSubject, _ reason: String?, _ run: inout RunLedger
  ) -> InvocationFailure {
    run.record(.guardrailTripped, of: self) {
      $0.field("guardrail", guardrail)
      $0.field("stage", subject.stage.rawValue)
      if let tool = subject.tool { $0.field("tool", tool.description) }
      if let reason { $0.field("detail", String(reason.prefix(1024))) }
    }
    run.show(.guardrailTripped(guardrail, agent: agent.name, stage: subject.stage.rawValue))
    let what =
      switch subject.stage {
      case .input: "the question was refused"
      case .output: "the answer was withheld"
      case .toolInput: "the call was refused"
      case .toolOutput: "the call was made, and its result was withheld"
      }
    return InvocationFailure(.denied, "\(what) by the guardrail \(guardrail)", detail: reason)
  }

  // MARK: Input

  mutating func checkInput(_ run: inout RunLedger) -> LoopMove {
    let guardrails = agent.guardrails.input
    if guardrails.isEmpty { return beginTurns(&run) }
    do {
      let subject = GuardedSubject(.input, agent: agent.name, text: conversation.given)
      let round = GuardRound(questions: try check(subject, guardrails, &run))
      if round.questions.isEmpty { return beginTurns(&run) }
      phase = .inputChecks(round)
      return .perform(round.steps)
    } catch {
      return fail(error, &run)
    }
  }

  mutating func inputChecked(
    _ round: GuardRound, _ outcomes: [StepOutcome], _ run: inout RunLedger
  ) -> LoopMove {
    guard let (question, reason) = round.refusals(outcomes).first else { return beginTurns(&run) }
    return fail(refusal(question.guardrail, question.subject, reason, &run), &run)
  }

  private mutating func beginTurns(_ run: inout RunLedger) -> LoopMove {
    handQuestionOver(&run) ?? nextTurn(&run)
  }

  // MARK: Tools

  mutating func checkArguments(of batch: ToolBatch, _ run: inout RunLedger) -> LoopMove {
    let guardrails = agent.guardrails.toolInput
    if guardrails.isEmpty { return callTools(batch, &run) }
    var batch = batch
    var round = GuardRound()
    for (entry, step) in batch.openTools where !batch.entries[entry].isJudged {
      batch.entries[entry].isJudged = true
      do throws(InvocationFailure) {
        // Nobody could say what a guardrail has seen of it.
        do { _ = try JSONDocument(parsing: step.arguments, limits: .strict) } catch {
          throw InvocationFailure(.invalidJSON, "the arguments are not valid JSON: \(error.message)")
        }
        let subject = GuardedSubject(.toolInput, agent: agent.name, tool: step.tool, json: step.arguments)
        round.questions += try check(subject, guardrails, entry: entry, &run)
      } catch {
        refuse(entry, in: &batch, error, &run)
      }
    }
    if round.questions.isEmpty { return callTools(batch, &run) }
    phase = .argumentChecks(batch, round)
    return .perform(round.steps)
  }

  mutating func argumentsChecked(
    _ batch: ToolBatch, _ round: GuardRound, _ outcomes: [StepOutcome], _ run: inout RunLedger
  ) -> LoopMove {
    var batch = batch
    for (question, reason) in round.refusals(outcomes) {
      guard let entry = question.entry, batch.entries[entry].result == nil else { continue }
      refuse(entry, in: &batch, refusal(question.guardrail, question.subject, reason, &run), &run)
    }
    return callTools(batch, &run)
  }

  mutating func checkResults(of batch: ToolBatch, _ run: inout RunLedger) -> LoopMove {
    let guardrails = agent.guardrails.toolOutput
    if guardrails.isEmpty { return waitForDelegations(batch, &run) }
    var batch = batch
    var round = GuardRound()
    for (entry, call) in batch.entries.enumerated() {
      guard case .tool(let step) = call.work, case .success(let json) = call.result else { continue }
      do {
        let subject = GuardedSubject(.toolOutput, agent: agent.name, tool: step.tool, json: json)
        round.questions += try check(subject, guardrails, entry: entry, &run)
      } catch {
        batch.entries[entry].result = .failure(error)
      }
    }
    if round.questions.isEmpty { return waitForDelegations(batch, &run) }
    phase = .resultChecks(batch, round)
    return .perform(round.steps)
  }

  mutating func resultsChecked(
    _ batch: ToolBatch, _ round: GuardRound, _ outcomes: [StepOutcome], _ run: inout RunLedger
  ) -> LoopMove {
    var batch = batch
    for (question, reason) in round.refusals(outcomes) {
      guard let entry = question.entry, case .success = batch.entries[entry].result else { continue }
      batch.entries[entry].result = .failure(
        refusal(question.guardrail, question.subject, reason, &run))
    }
    return waitForDelegations(batch, &run)
  }

  // MARK: The answer

  mutating func checkAnswer(_ answer: AgentAnswer, _ run: inout RunLedger) -> LoopMove {
    let guardrails = agent.guardrails.output
    if guardrails.isEmpty { return judgeConfidence(in: answer, &run) }
    do {
      let subject = GuardedSubject(.output, agent: agent.name, text: answer.text)
      let round = GuardRound(questions: try check(subject, guardrails, &run))
      if round.questions.isEmpty { return judgeConfidence(in: answer, &run) }
      phase = .answerChecks(answer, round)
      return .perform(round.steps)
    } catch {
      return fail(error, &run)
    }
  }

  mutating func answerChecked(
    _ answer: AgentAnswer, _ round: GuardRound, _ outcomes: [StepOutcome], _ run: inout RunLedger
  ) -> LoopMove {
    guard let (question, reason) = round.refusals(outcomes).first else {
      return judgeConfidence(in: answer, &run)
    }
    return fail(refusal(question.guardrail, question.subject, reason, &run), &run)
  }
}
