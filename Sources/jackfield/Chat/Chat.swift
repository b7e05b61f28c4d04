import FlowEngine
import Storage
import ToolContracts

/// A conversation at a terminal, or through a pipe: a line is a question, or a command that begins with a slash.
struct Chat {
  let host: Host
  let context: CommandContext
  let flow: String
  let choice: ModelChoice?
  let lines: ChatLines
  let interrupts: ChatInterrupts
  var conversation: ConversationID?
  var lastRun: RunID?
  /// Of the newest turn.
  private(set) var code = ExitCode.ok

  init(
    _ host: Host, _ context: CommandContext, flow: String, conversation: ConversationID?,
    choice: ModelChoice? = nil
  ) {
    self.host = host
    self.context = context
    self.flow = flow
    self.choice = choice
    self.conversation = conversation
    let interrupts = ChatInterrupts()
    self.interrupts = interrupts
    lines = ChatLines(interrupts, until: context.interruption)
    Interruption.divert { interrupts.interrupt() }
  }

  /// Until the input ends, or somebody leaves.
  mutating func run() async {
    if lines.isTerminal { context.console.message("\(flow). /help says what there is; Ctrl-D leaves.") }
    await recall()
    while true {
      switch await lines.next() {
      case .ended: return leave()
      case .interrupted: continue
      case .typed(""): continue
      case .typed(let line):
        lines.remember(line)
        guard line.hasPrefix("/") else {
          await ask(line)
          continue
        }
        if await obey(line) { return leave() }
      }
      if context.interruption.isCancelled { return leave() }
    }
  }

  private func leave() {
    guard let conversation else { return }
    context.console.message(
      "jackfield chat --flow \(flow) --conversation \(conversation) goes on with this conversation")
  }

  /// What was asked before is on the arrow keys, and what was never answered is told.
  private mutating func recall() async {
    guard let conversation, let summary = try? await host.flows.summary(of: conversation, for: host.principal)
    else { return }
    for event in await events(of: conversation) where event.kind == .runStarted {
      if let question = TurnTranscript([event])?.messages.first?.text { lines.remember(question) }
    }
    lastRun = summary.newest?.run
    if host.flows.status(of: summary) == .unanswered { await recover() }
  }

  // MARK: Turns

  private mutating func ask(_ question: String, restoring restoration: Restoration? = nil) async {
    let run = host.identifiers.makeRunID()
    let (flows, flow, principal, choice) = (host.flows, flow, host.principal, choice)
    let before = conversation
    let new = before ?? ConversationID(host.identifiers.makeRunID())
    do throws(RunFailure) {
      try await turn(run) { cancellation, narrator async throws(RunFailure) in
        let request = FlowRequest(
          flow: flow, input: question, principal: principal, run: run, cancellation: cancellation,
          observer: narrator, asker: TerminalAsker(), choice: choice)
        return before == nil
          ? try await flows.begin(new, with: request)
          : try await flows.converse(request, in: new, restoring: restoration)
      }
      conversation = new
      if case .afresh(let begun)? = restoration { conversation = begun }
    } catch { await refused(error, question) }
  }

  /// Runs one turn, with whatever a person has to say in it, and shows how it ends.
  ///
  /// - Throws: why there was none.
  private mutating func turn(
    _ run: RunID,
    _ body: @escaping @Sendable (Cancellation, RunNarrator) async throws(RunFailure) -> FlowOutcome
  ) async throws(RunFailure) {
    var context = context
    let cancellation = Cancellation()
    // Who ends the program ends the turn.
    let key = context.interruption.addHandler { cancellation.cancel() }
    defer { if let key { self.context.interruption.removeHandler(key) } }
    context.interruption = cancellation
    let narrator = RunNarrator(context.console)
    let (host, asked) = (host, context)
    let outcome = try await interrupts.during(cancellation) { () async throws(RunFailure) in
      let paused = try await host.onLanes { () async throws(RunFailure) in
        try await body(cancellation, narrator)
      }
      let settled = await host.settle(paused, of: run, asked, observer: narrator)
      // What is left for later expires while the chat goes on.
      if settled.status == .awaitingApproval {
        await host.flows.expireQuestions(of: run, tenant: host.principal.tenant)
      }
      return settled
    }
    lastRun = run
    narrator.finish(outcome, run: run)
    code = CommandSpec.exitCode(of: outcome)
  }

  private mutating func refused(_ failure: RunFailure, _ question: String) async {
    code = CommandFailure(failure).exit
    context.console.message("jackfield: \(failure.code.rawValue): \(printable(failure.message))")
    switch failure.code {
    case .conversationExpired:
      switch await lines.choice("[c]ontinue, or begin [a]fresh with its key facts?", of: "ca") {
      case "c": await ask(question, restoring: .goOn)
      case "a": await ask(question, restoring: .afresh(as: ConversationID(host.identifiers.makeRunID())))
      default: break
      }
    case .turnIsUnanswered: await recover()
    case .conversationIsWaiting:
      if let run = await newest(standing: .awaitingApproval) { await goOn(with: run) }
    default: break
    }
  }

  /// The newest turn, where the conversation stands so.
  private func newest(standing status: ConversationStatus) async -> RunID? {
    guard let conversation, let summary = try? await host.flows.summary(of: conversation, for: host.principal)
    else { return nil }
    return host.flows.status(of: summary) == status ? summary.newest?.run : nil
  }

  private mutating func goOn(with run: RunID) async {
    let (flows, tenant) = (host.flows, host.principal.tenant)
    do throws(RunFailure) {
      try await turn(run) { cancellation, narrator async throws(RunFailure) in
        try await flows.resume(run, of: tenant, cancellation: cancellation, observer: narrator)
      }
    } catch { context.console.message("jackfield: \(printable(error.message))") }
  }

  /// Goes on with a question that was never answered, or drops it.
  private mutating func recover() async {
    guard let run = await newest(standing: .unanswered) else { return }
    let (flows, tenant) = (host.flows, host.principal.tenant)
    switch await lines.choice(
      "The last question was never answered. [g]o on with it, or [d]rop it?", of: "gd")
    {
    case "g": await goOn(with: run)
    case "d":
      do throws(CommandFailure) {
        try await host.attempt { () async throws(RunFailure) in try await flows.cancel(run, of: tenant) }
      } catch { context.console.message("jackfield: \(printable(error.message))") }
    default: context.console.message("jackfield run resume \(run) goes on with it, run cancel drops it")
    }
  }

  // MARK: The journal

  /// Of all turns that stand, the oldest first.
  func events(of conversation: ConversationID, withdrawnToo: Bool = false) async -> [JournalEvent] {
    let runs = (try? await host.journal.runs(of: conversation, tenant: host.principal.tenant)) ?? []
    var events: [JournalEvent] = []
    for run in runs where withdrawnToo || run.status != .withdrawn {
      events += (try? await host.journal.events(of: run.run, tenant: host.principal.tenant)) ?? []
    }
    return events
  }
}
