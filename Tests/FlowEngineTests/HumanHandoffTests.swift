import FlowEngine
import Invocation
import JSONCodec
import JSONSchema
import Locking
import Manifests
import Storage
import TestSupport
import Testing
import ToolContracts

/// Runs that are handed over to a person, and given back.
@Suite(.leavesNothingBehind) struct HumanHandoffTests {
  private static let ada = Principal(tenant: ScriptedFlow.tenant, user: "ada")
  private static let bob = Principal(tenant: ScriptedFlow.tenant, user: "bob")
  private static let conversation = ConversationID(RunID(milliseconds: 1, randomness: 9))

  private static func without(_ pattern: String) throws -> CompiledSchema {
    try CompiledSchema(["not": ["pattern": .string(pattern)]])
  }

  private static func confidence(
    _ source: HumanHandoff.Confidence.Source, threshold: Double = 0.5, low: Double = 0.5,
    consecutive: Int? = nil
  ) -> HumanHandoff {
    HumanHandoff(
      topics: [],
      confidence: HumanHandoff.Confidence(
        source: source, threshold: threshold, low: low, consecutive: consecutive))
  }

  /// - Parameters:
  ///   - judge: what the tool answers that is asked how sure an answer is.
  ///   - events: what the journal has from another host.
  private static func flow(
    _ answers: [String], _ handoff: HumanHandoff, guardrails: AgentGuardrails = AgentGuardrails(),
    judge: String = "{}", journal events: [JournalEvent] = []
  ) async throws -> ScriptedFlow {
    let agent = AgentDefinition(
      name: "a", description: "", instructions: "", provider: ToolName("script.chat")!, model: "m",
      tools: [NamePattern("script.*")], guardrails: guardrails)
    let flow = try ScriptedFlow(
      FlowDefinition(
        name: "flow", description: "", startAgent: "a", agents: ["a": agent], limits: FlowLimits(),
        humanHandoff: handoff), answers: ["m": answers]
    ) { lanes, call, _, _ in
      Array(judge.utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    try await flow.journal.append(events, .durable)
    return flow
  }

  private func code(_ body: () async throws -> Void) async -> RunFailure.Code? {
    do {
      try await body()
      return nil
    } catch { return (error as? RunFailure)?.code }
  }

  private func why(_ flow: ScriptedFlow) async throws -> String? {
    let event = try await flow.events().last { $0.kind == .personRequested }
    return try event.flatMap { try JSONDocument(parsing: $0.data).root["code"]?.string }
  }

  @Test(arguments: [("I want a human now", "request"), ("where is my refund", "topic")])
  func whatIsAPersonsIsAskedOfNoModel(question: String, expected: String) async throws {
    let handoff = HumanHandoff(
      noRequest: try Self.without("human"),
      topics: [HumanHandoff.Topic(name: "refunds", other: try Self.without("refund"))])
    let flow = try await Self.flow([ScriptedFlow.done], handoff)
    defer { flow.lanes.shutDown() }
    let outcome = await flow.runner.run(
      FlowRequest(
        flow: "flow", input: question, principal: Principal(tenant: ScriptedFlow.tenant),
        run: ScriptedFlow.run))
    #expect(outcome.status == .awaitingPerson && outcome.text.isEmpty)
    #expect(flow.requests.withLock { $0.isEmpty })
    #expect(try await why(flow) == expected)
    let runs = try await flow.journal.runs(tenant: ScriptedFlow.tenant, limit: 1, before: nil)
    #expect(runs.map(\.status) == [.awaitingPerson])
    // And nobody goes on with it by himself.
    #expect(try await flow.resume().status == .awaitingPerson)
    #expect(await flow.runner.recover(ScriptedFlow.tenant) { false } == RecoveryReport(waiting: 1))
  }

  @Test func anAnswerOfWhichItsAgentIsNotSureIsShownToNobody() async throws {
    let answer = ScriptedFlow.saying(#"{"text":"maybe","confidence":0.2}"#)
    let flow = try await Self.flow(
      [answer], Self.confidence(.answer(try JSONPointer(parsing: "/confidence"))))
    defer { flow.lanes.shutDown() }
    let shown = Shown()
    let outcome = await flow.ask(observer: shown)
    #expect(outcome.status == .awaitingPerson && outcome.text.isEmpty && shown.text.isEmpty)
    #expect(try await why(flow) == "confidence")
    try await flow.runner.takeOver(ScriptedFlow.run, by: Self.ada)
    try await flow.runner.giveBack(ScriptedFlow.run, text: "certainly not", by: Self.ada)
    let end = try await flow.resume()
    #expect(end.status == .succeeded && end.text == "certainly not")
    let last = TurnTranscript(try await flow.events())?.messages.last
    #expect(last?.agent == "person" && last?.text == "certainly not")
    _ = try await flow.runner.replay(ScriptedFlow.run, of: ScriptedFlow.tenant)
    #expect(flow.requests.withLock { $0.count } == 1)
  }

  @Test(arguments: [
    (#"{"confidence":0.9}"#, false), (#"{"confidence":0.5}"#, false), (#"{"confidence":0.49}"#, true),
    ("{}", true), (#"{"confidence":"high"}"#, true), (#"{"confidence":7}"#, true),
  ])
  func whatNobodyCanTellToBeSureIsNotSure(judge: String, isHandedOver: Bool) async throws {
    let flow = try await Self.flow(
      [ScriptedFlow.done], Self.confidence(.tool(ToolName("script.judge")!)), judge: judge)
    defer { flow.lanes.shutDown() }
    let shown = Shown()
    let outcome = await flow.ask(observer: shown)
    #expect(outcome.status == (isHandedOver ? .awaitingPerson : .succeeded))
    #expect(shown.text == (isHandedOver ? "" : "done"))
  }

  @Test func aToolThatFailsHasNotSaidThatAnAnswerIsSure() async throws {
    let flow = try await Self.flow([ScriptedFlow.done], Self.confidence(.tool(ToolName("script.nothing")!)))
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .awaitingPerson)
  }

  @Test func aPersonTakesOverAnswersAndGivesBackAcrossARestart() async throws {
    let handoff = HumanHandoff(noRequest: try Self.without("question"), topics: [])
    let first = try await Self.flow([], handoff)
    defer { first.lanes.shutDown() }
    #expect(await first.ask().status == .awaitingPerson)
    let flow = try await Self.flow([ScriptedFlow.done], handoff, journal: first.events())
    defer { flow.lanes.shutDown() }
    // Nobody without a name, nobody who has not taken it over, nobody while another has it.
    let run = ScriptedFlow.run
    let nobody = Principal(tenant: ScriptedFlow.tenant)
    #expect(await code { try await flow.runner.takeOver(run, by: nobody) } == .personIsNameless)
    let early = await code { try await flow.runner.giveBack(run, text: "x", by: Self.ada) }
    #expect(early == .runIsTakenOver)
    try await flow.runner.takeOver(run, by: Self.ada)
    try await flow.runner.takeOver(run, by: Self.ada)
    #expect(await code { try await flow.runner.takeOver(run, by: Self.bob) } == .runIsTakenOver)
    let other = await code { try await flow.runner.giveBack(run, text: "x", by: Self.bob) }
    #expect(other == .runIsTakenOver)
    #expect(try await flow.resume().status == .awaitingPerson)
    try await flow.runner.giveBack(run, text: nil, by: Self.ada)
    // Without an answer of the person, the agent gives its own.
    #expect(try await flow.resume().text == "done")
    let late = await code { try await flow.runner.takeOver(run, by: Self.ada) }
    #expect(late == .runIsFinished)
    let users = try await flow.events().filter { $0.kind == .personReturned }.map { event in
      try JSONDocument(parsing: event.data).root["user"]?.string
    }
    #expect(users == ["ada"])
    _ = try await flow.runner.replay(run, of: ScriptedFlow.tenant)
  }

  @Test(arguments: [("it is 4711", false), ("it is a secret", true), ("it is doubtful", true)])
  func whatAPersonSaysPassesTheGuardrailsOfTheAgent(text: String, isWithheld: Bool) async throws {
    let guardrails = AgentGuardrails(output: [
      Guardrail(name: "no-secrets", check: .text(try CompiledSchema(["not": ["pattern": "secret"]]))),
      Guardrail(name: "judged", check: .tool(ToolName("script.judge")!)),
    ])
    let flow = try await Self.flow(
      [], HumanHandoff(noRequest: try Self.without("question"), topics: []), guardrails: guardrails,
      judge: #"{"allowed":\#(text != "it is doubtful")}"#)
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .awaitingPerson)
    try await flow.runner.takeOver(ScriptedFlow.run, by: Self.ada)
    try await flow.runner.giveBack(ScriptedFlow.run, text: text, by: Self.ada)
    let shown = Shown()
    let end = try await flow.runner.resume(ScriptedFlow.run, of: ScriptedFlow.tenant, observer: shown)
    #expect(end.failure?.code == (isWithheld ? .denied : nil))
    #expect(end.text == (isWithheld ? "" : text) && shown.text == end.text)
    #expect(try await flow.kinds().contains(.guardrailTripped) == isWithheld)
    let told = TurnTranscript(try await flow.events())?.messages.filter { $0.agent == "person" }.map(\.text)
    #expect(told == (isWithheld ? [] : [text]))
    _ = try await flow.runner.replay(ScriptedFlow.run, of: ScriptedFlow.tenant)
  }

  @Test func onlyWhatWasHandedOverCanBeTakenOver() async throws {
    let flow = try await Self.flow(
      [ScriptedFlow.calling([("1", "script_write", "{}")])], HumanHandoff(topics: []), judge: "{}")
    defer { flow.lanes.shutDown() }
    try await flow.journal.append(
      [
        JournalEvent(
          time: 1, tenant: ScriptedFlow.tenant, run: ScriptedFlow.run, kind: .runStarted,
          data: Array(#"{"name":"flow","input":"?"}"#.utf8))
      ], .durable)
    let refused = await code { try await flow.runner.takeOver(ScriptedFlow.run, by: Self.ada) }
    #expect(refused == .runWaitsForNobody)
  }

  @Test func aRunThatWaitsForAPersonCanBeEnded() async throws {
    let flow = try await Self.flow([], HumanHandoff(noRequest: try Self.without("question"), topics: []))
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .awaitingPerson)
    try await flow.runner.cancel(ScriptedFlow.run, of: ScriptedFlow.tenant)
    #expect(try await flow.kinds().last == .runFinished)
    _ = try await flow.runner.replay(ScriptedFlow.run, of: ScriptedFlow.tenant)
  }

  @Test func severalAnswersInARowOfWhichNobodyIsSureAreAPersons() async throws {
    let answers = [0.6, 0.9, 0.6, 0.6].map { ScriptedFlow.saying(#"{"confidence":\#($0)}"#) }
    let flow = try await Self.flow(
      answers,
      Self.confidence(
        .answer(try JSONPointer(parsing: "/confidence")), threshold: 0.1, low: 0.7, consecutive: 2))
    defer { flow.lanes.shutDown() }
    var statuses: [FlowOutcome.Status] = []
    for number in 1...4 as ClosedRange<Int64> {
      let request = FlowRequest(
        flow: "flow", input: "?", principal: Principal(tenant: ScriptedFlow.tenant),
        run: RunID(milliseconds: 10 + number, randomness: 1))
      let outcome =
        number == 1
        ? try await flow.runner.begin(Self.conversation, with: request)
        : try await flow.runner.converse(request, in: Self.conversation)
      statuses.append(outcome.status)
    }
    #expect(statuses == [.succeeded, .succeeded, .succeeded, .awaitingPerson])
    let next = FlowRequest(
      flow: "flow", input: "?", principal: Principal(tenant: ScriptedFlow.tenant),
      run: RunID(milliseconds: 20, randomness: 1))
    let waiting = await code { _ = try await flow.runner.converse(next, in: Self.conversation) }
    #expect(waiting == .conversationIsWaiting)
  }
}

/// What is shown of the answers.
private final class Shown: FlowObserver {
  private let pieces = Lock("")
  var text: String { pieces.withLock { $0 } }

  func observed(_ event: FlowEvent) {
    if case .text(let piece, _) = event { pieces.withLock { $0 += piece } }
  }
}
