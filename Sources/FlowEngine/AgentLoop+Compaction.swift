import JSONCodec
import Storage
import ToolContracts

// What was said in earlier turns, summed up before the agent begins.
extension AgentLoop {
  /// - Returns: nil where there is nothing to sum up.
  mutating func compactPast(_ run: inout RunLedger) -> LoopMove? {
    guard run.turn == 0, caller == nil, run.flow.stages.isEmpty,
      let compaction = run.past?.compaction(for: agent.name)
    else {
      return nil
    }
    let step = run.takeStep()
    phase = .compaction(compaction, step: step)
    return .perform([
      .model(
        ModelCall(
          step: step, turn: 0, agent: agent.name, provider: agent.provider,
          request: compaction.request(to: agent), authority: CallAuthority(tools: []), isWithheld: true))
    ])
  }

  /// Without a summary the oldest is left out, as it would be without one.
  mutating func compacted(
    _ compaction: ConversationPast.Compaction, _ step: UInt32, _ outcome: StepOutcome?, _ run: inout RunLedger
  ) -> LoopMove {
    var summary: String?
    if case .answer(let answer) = outcome {
      run.count(answer)
      if !answer.text.isEmpty, answer.calls.isEmpty, answer.finishReason == .stop {
        summary = compaction.summary(answer.text)
      }
    }
    let facts = summary == nil && run.past?.isAfresh == true ? compaction.facts : nil
    run.record(.contextCompacted, of: self, step: step) {
      $0.field("status", summary == nil ? "truncated" : "summarized")
      $0.field("through", compaction.through.description)
      if let facts { $0.field("facts", facts) }
    }
    if let text = summary ?? facts {
      run.past?.compact(compaction, into: text)
    }
    if let past = run.past { conversation = past.conversation(asking: run.input, of: agent.name) }
    return checkInput(&run)
  }
}

extension FlowStateMachine {
  /// Stages have no model that sums up for all of them: of a conversation that has expired they get the facts as they stand.
  mutating func keepKeyFacts() {
    guard let past = run.past, past.isAfresh, let compaction = past.compaction(for: "") else { return }
    let facts = compaction.facts
    run.record(.contextCompacted, turn: 0) {
      $0.field("status", "truncated")
      $0.field("through", compaction.through.description)
      $0.field("facts", facts)
    }
    run.past?.compact(compaction, into: facts)
  }
}
