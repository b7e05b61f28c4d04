import JSONCodec
package import Storage
package import ToolContracts

/// What was said in one turn of a conversation, read from the journal of its run. There is no other copy of it.
///
/// Only what the conversation's own agents said is in it: agents that were asked by others answered those, and answers that a
/// guardrail withheld were given to nobody.
package struct TurnTranscript: Sendable {
  package let run: RunID
  /// Nil for a run that is no turn of a conversation.
  package let turn: ConversationTurn?
  package private(set) var messages: [ConversationMessage] = []
  /// The question itself was refused: no later turn is told of it.
  package private(set) var isRefused = false
  /// What the run has of the turns before it, in short, and up to which of them.
  private(set) var summary: Summary?
  /// Who is to answer next, where that is not the agent with which the flow begins.
  private(set) var resume: ResumedAgent?
  /// Nil where nobody told it.
  private(set) var confidence: Double?

  struct Summary: Sendable, Equatable {
    var text: String
    var through: RunID
  }

  private var answer = ModelTurn()
  /// Calls by which agents of the conversation wait for others.
  private var delegations: Set<UInt32> = []
  private var compaction: (step: UInt32, text: String)?
  private var isAnsweredByPerson = false
  /// What is said within stages is their work, and nobody's answer.
  private var isInStages = false

  /// - Returns: nil for what is not a flow's run.
  package init?(_ events: [JournalEvent]) {
    guard let first = events.first, first.kind == .runStarted,
      let start = try? JSONDocument(parsing: first.data).root
    else { return nil }
    run = first.run
    turn = ConversationTurn(start)
    add(.user(start["input"]?.string ?? ""), of: first, agent: "")
    for event in events.dropFirst() {
      guard let data = try? JSONDocument(parsing: event.data).root else { continue }
      take(event, data)
    }
    close()
  }

  private mutating func take(_ event: JournalEvent, _ data: JSONView) {
    if event.kind == .delegationFinished, let step = event.step { delegations.remove(step) }
    guard delegations.isEmpty else {
      if event.kind == .delegationStarted, let step = event.step { delegations.insert(step) }
      return
    }
    switch event.kind {
    case .stageStarted: isInStages = true
    case .modelCompleted where isInStages, .handoffCompleted where isInStages: break
    case .modelCompleted: modelAnswered(event, data)
    case .toolCalled: answer.called(event.step)
    case .approvalDecided: answer.amend(event.step, data["arguments"]?.rawText)
    case .toolFinished, .toolRejected, .handoffRejected, .handoffSuperseded, .delegationFinished:
      answer.answered(event.step, data)
    case .delegationStarted: if let step = event.step { delegations.insert(step) }
    case .handoffCompleted: handedOver(event, data)
    case .guardrailTripped: refused(data)
    case .contextCompacted: compacted(event, data)
    case .confidenceTold: confidence = data["confidence"]?.double
    case .personRequested, .personTookOver, .personReturned: person(event, data)
    case .runFinished, .runFailed: ended(event, data)
    case .turnWithdrawn: add(.system("This turn was taken back."), of: event, agent: "")
    default: break
    }
  }

  private mutating func add(
    _ content: ConversationMessage.Content, of event: JournalEvent, agent: String, step: UInt32? = nil
  ) {
    messages.append(
      ConversationMessage(
        run: run, time: event.time, turn: event.turn, agent: agent, step: step, content: content))
  }

  // MARK: Models and tools

  private mutating func modelAnswered(_ event: JournalEvent, _ data: JSONView) {
    guard let result = data["result"], let given = ModelAnswer(result) else { return }
    // The summary of what came before is asked for before the first turn.
    if event.turn == 0, let step = event.step { return compaction = (step, given.text) }
    close()
    answer = ModelTurn(event, given)
  }

  /// Everything of a model's answer that is known: what it says, its calls, their results.
  private mutating func close() {
    guard let event = answer.event else { return }
    defer { answer = ModelTurn() }
    let calls = answer.calls.filter { $0.step != nil }
    // Words without calls are the answer, which stands in the run's end, or what was mended since.
    guard !calls.isEmpty else { return }
    if !answer.text.isEmpty { add(.assistant(answer.text), of: event, agent: event.agent) }
    for call in calls {
      add(
        .toolCall(name: call.name, arguments: call.arguments), of: event, agent: event.agent, step: call.step)
    }
    for call in calls {
      guard let result = call.result else { continue }
      add(
        .toolResult(name: call.name, content: result.content, isError: result.isError), of: event,
        agent: event.agent, step: call.step)
    }
  }

  private mutating func handedOver(_ event: JournalEvent, _ data: JSONView) {
    let target = data["to"]?.string ?? ""
    answer.handedOver(event.step, to: target)
    close()
    add(
      .handoff(to: target, payload: data["payload"].map { Array($0.rawBytes) } ?? []), of: event,
      agent: event.agent, step: nil)
  }

  private mutating func refused(_ data: JSONView) {
    switch data["stage"]?.string {
    case "input": isRefused = true
    case "tool_output": answer.withhold(resultsOf: data["tool"]?.string ?? "")
    default: break
    }
  }

  // MARK: What the host says

  private mutating func compacted(_ event: JournalEvent, _ data: JSONView) {
    guard let through = data["through"]?.string.flatMap({ RunID($0) }) else { return }
    let made = compaction.flatMap { $0.step == event.step ? $0.text : nil }
    guard let text = data["facts"]?.string ?? (data["status"]?.string == "summarized" ? made : nil) else {
      return
    }
    summary = Summary(text: text, through: through)
    add(.summary(text), of: event, agent: "")
  }

  private mutating func person(_ event: JournalEvent, _ data: JSONView) {
    let who = data["user"]?.string.map { " (\($0))" } ?? ""
    let words =
      switch event.kind {
      case .personRequested: "Handed over to a person: \(data["reason"]?.string ?? "")"
      case .personTookOver: "A person\(who) took over."
      default: "The person\(who) gave the conversation back."
      }
    isAnsweredByPerson = event.kind == .personReturned && data["text"] != nil
    // Of a call by which the agent asked, no more is told than that it did.
    if event.kind == .personRequested { answer.handedOver(event.step, to: "person") }
    close()
    add(.system(words), of: event, agent: "")
  }

  private mutating func ended(_ event: JournalEvent, _ data: JSONView) {
    close()
    resume = data["resume"].flatMap { ResumedAgent($0) }
    let text = data["text"]?.string ?? ""
    let outcome = data["outcome"]?.string.flatMap(FlowOutcome.Status.init)
    if !text.isEmpty { add(.assistant(text), of: event, agent: isAnsweredByPerson ? "person" : event.agent) }
    guard outcome != .succeeded else { return }
    let why = data["error"]?["message"]?.string ?? ""
    let words = text.isEmpty ? "There was no answer" : "The answer is not complete"
    add(.system("\(words): \(why)"), of: event, agent: "")
  }
}
