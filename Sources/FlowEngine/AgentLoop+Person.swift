import JSONCodec
import Storage
import ToolContracts

// What is a person's to answer. Only of the agents that answer the user: who is asked by another answers that one.
extension AgentLoop {
  private func humanHandoff(_ run: RunLedger) -> HumanHandoff? {
    caller == nil && !isWrappingUp && run.flow.stages.isEmpty ? run.flow.humanHandoff : nil
  }

  /// Whether nobody may see an answer before it is known how sure it is.
  func awaitsConfidence(_ run: RunLedger) -> Bool { humanHandoff(run)?.confidence != nil }

  // MARK: Questions

  /// - Returns: nil where the agent may answer.
  mutating func handQuestionOver(_ run: inout RunLedger) -> LoopMove? {
    guard run.turn == 0, let reason = humanHandoff(run)?.reason(for: run.input) else { return nil }
    phase = .person(.question)
    return request(reason, as: run.takeStep())
  }

  func request(_ reason: PersonRequest.Reason, draft: String? = nil, as step: UInt32) -> LoopMove {
    .perform([
      .person(PersonRequest(step: step, turn: turn, agent: agent.name, reason: reason, draft: draft))
    ])
  }

  mutating func personReturned(
    _ turn: PersonTurn, _ outcome: StepOutcome?, _ run: inout RunLedger
  ) -> LoopMove {
    guard case .returned(let given) = outcome else {
      return .fail(InvocationFailure(.internal, "there was no person to answer"))
    }
    if let text = given.text {
      if case .call(let batch) = turn { close(batch) }
      return answered(inPerson: text, &run)
    }
    switch turn {
    case .question: return nextTurn(&run)
    case .answer(let answer): return release(answer, &run)
    case .call(let batch): return givenBack(batch, &run)
    case .failure(let failure): return failed(failure, &run)
    }
  }

  /// What binds the agent binds whoever answers in its place; of forms, that of the stage.
  private mutating func answered(inPerson text: String, _ run: inout RunLedger) -> LoopMove {
    var answer = AgentAnswer(text: text, isPersons: true)
    if role != nil, let form {
      do throws(InvocationFailure) { answer.json = try form.json(in: text) } catch {
        return fail(error, &run)
      }
    }
    return checkAnswer(answer, &run)
  }

  // MARK: Answers

  mutating func judgeConfidence(in answer: AgentAnswer, _ run: inout RunLedger) -> LoopMove {
    guard !answer.isPersons, let confidence = humanHandoff(run)?.confidence else {
      return release(answer, &run)
    }
    switch confidence.source {
    case .answer(let pointer):
      let json = answer.json ?? Array(answer.text.utf8)
      let told = try? JSONDocument(parsing: json).root[pointer]?.double
      return confidenceTold(told ?? nil, of: answer, &run)
    case .tool(let tool):
      var question = JSONWriter()
      question.beginObject()
      question.field("agent", agent.name)
      question.field("question", run.input)
      question.field("answer", answer.text)
      question.endObject()
      phase = .confidence(answer)
      return .perform([
        .tool(
          ToolCallStep(
            step: run.takeStep(), turn: turn, agent: agent.name, tool: tool, arguments: question.bytes,
            authority: toolbox.authority))
      ])
    }
  }

  mutating func confidenceTold(
    _ answer: AgentAnswer, _ outcome: StepOutcome?, _ run: inout RunLedger
  ) -> LoopMove {
    var told: Double?
    if case .result(.success(let json)) = outcome {
      told = (try? JSONDocument(parsing: json))?.root["confidence"]?.double
    }
    return confidenceTold(told, of: answer, &run)
  }

  private mutating func confidenceTold(
    _ told: Double?, of answer: AgentAnswer, _ run: inout RunLedger
  ) -> LoopMove {
    let value = told.flatMap { (0...1).contains($0) ? $0 : nil }
    run.record(.confidenceTold, of: self) {
      $0.field("confidence", value ?? 0)
      if value == nil { $0.field("untold", true) }
    }
    guard
      let reason = humanHandoff(run)?.reason(forConfidence: value, past: run.past?.confidences ?? [])
    else { return release(answer, &run) }
    phase = .person(.answer(answer))
    return request(reason, draft: answer.text, as: run.takeStep())
  }

  /// It is shown now, where it was not while it came.
  private mutating func release(_ answer: AgentAnswer, _ run: inout RunLedger) -> LoopMove {
    if answer.isPersons || !agent.guardrails.output.isEmpty || awaitsConfidence(run) {
      run.show(.text(answer.text, agent: answer.isPersons ? "person" : agent.name))
    }
    return done(answer, &run)
  }
}
