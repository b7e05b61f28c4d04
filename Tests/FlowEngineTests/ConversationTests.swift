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

/// Runs that follow one another.
@Suite(.leavesNothingBehind) struct ConversationTests {
  private static let conversation = ConversationID(RunID(milliseconds: 1, randomness: 99))
  private static let other = ConversationID(RunID(milliseconds: 2, randomness: 99))
  private static func run(_ number: Int64) -> RunID {
    RunID(milliseconds: 100 + number, randomness: UInt128(number))
  }

  /// A flow whose model gives these answers, over all turns, and whose tools give back their arguments.
  private static func flow(
    _ answers: [String], settings: ConversationSettings = ConversationSettings(), guarding: Bool = false,
    time: any TimeSource = SystemTime(), refusing refused: JournalEvent.Kind? = nil
  ) throws -> ScriptedFlow {
    let forbidding = Guardrail(
      name: "no-secrets", check: .text(try CompiledSchema(["not": ["pattern": "secret"]])))
    let agent = AgentDefinition(
      name: "a", description: "", instructions: "", provider: ToolName("script.chat")!, model: "m",
      tools: [NamePattern("script.*")], guardrails: AgentGuardrails(input: guarding ? [forbidding] : []))
    let flow = FlowDefinition(
      name: "flow", description: "", startAgent: "a", agents: ["a": agent], limits: FlowLimits(),
      conversation: settings)
    return try ScriptedFlow(flow, answers: ["m": answers], refusing: refused, time: time) {
      lanes, call, _, arguments in
      arguments.withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
  }

  private static func request(
    _ number: Int64, _ input: String, user: String = "", tenant: TenantID = ScriptedFlow.tenant
  ) -> FlowRequest {
    FlowRequest(
      flow: "flow", input: input, principal: Principal(tenant: tenant, user: user), run: run(number))
  }

  /// What the model was given when it was asked for the n-th time, from 0: role and words.
  private func given(_ flow: ScriptedFlow, _ index: Int) -> [String] {
    let messages = flow.requests.withLock { requests in
      requests.indices.contains(index) ? requests[index]["messages"]?.array ?? [] : []
    }
    return messages.map { message in
      let calls = message["toolCalls"]?.array?.compactMap { $0["name"]?.string } ?? []
      let who = message["agent"]?.string.map { " (\($0))" } ?? ""
      return "\(message["role"]?.string ?? "")\(who): \(message["content"]?.string ?? "")\(calls)"
        .replacing("[]", with: "")
    }
  }

  private func code(_ body: () async throws -> Void) async -> RunFailure.Code? {
    do {
      try await body()
      return nil
    } catch { return (error as? RunFailure)?.code }
  }

  @Test func aTurnKnowsWhatWasSaidAndDoneBefore() async throws {
    let flow = try Self.flow([
      ScriptedFlow.calling([("c", "script_work", #"{"n":7}"#)], text: "one moment"),
      ScriptedFlow.saying("seven"), ScriptedFlow.saying("as I said"),
    ])
    defer { flow.lanes.shutDown() }
    _ = try await flow.runner.begin(Self.conversation, with: Self.request(1, "how many?"))
    let outcome = try await flow.runner.converse(Self.request(2, "sure?"), in: Self.conversation)
    #expect(outcome.status == .succeeded && outcome.text == "as I said")
    #expect(
      given(flow, 2) == [
        "user: how many?", #"assistant: one moment["script_work"]"#, #"tool: {"n":7}"#, "assistant: seven",
        "user: sure?",
      ])
    // Calls are told apart from turn to turn, and each has its result.
    let messages = flow.requests.withLock { $0[2]["messages"]?.array ?? [] }
    #expect(messages[1]["toolCalls"]?[0]?["id"] == messages[2]["toolCallId"])
  }

  @Test func everyTurnIsReplayedAsItWas() async throws {
    let flow = try Self.flow(["one", "two", "three"].map(ScriptedFlow.saying))
    defer { flow.lanes.shutDown() }
    _ = try await flow.runner.begin(Self.conversation, with: Self.request(1, "1?"))
    _ = try await flow.runner.converse(Self.request(2, "2?"), in: Self.conversation)
    _ = try await flow.runner.withdrawTurn(of: Self.conversation, by: Principal(tenant: ScriptedFlow.tenant))
    _ = try await flow.runner.converse(Self.request(3, "3?"), in: Self.conversation)
    #expect(given(flow, 2) == ["user: 1?", "assistant: one", "user: 3?"])
    for number in 1...3 as ClosedRange<Int64> {
      _ = try await flow.runner.replay(Self.run(number), of: ScriptedFlow.tenant)
    }
  }

  @Test func nobodyElseGoesOnWithAConversation() async throws {
    let flow = try Self.flow([ScriptedFlow.done])
    defer { flow.lanes.shutDown() }
    _ = try await flow.runner.begin(Self.conversation, with: Self.request(1, "?", user: "ada"))
    for request in [
      Self.request(2, "?"), Self.request(2, "?", user: "bob"),
      Self.request(2, "?", user: "ada", tenant: TenantID("globex")!),
    ] {
      let code = await code { _ = try await flow.runner.converse(request, in: Self.conversation) }
      #expect(code == .conversationNotFound)
    }
    let code = await code { _ = try await flow.runner.converse(Self.request(2, "?"), in: Self.other) }
    #expect(code == .conversationNotFound)
  }

  @Test func twoQuestionsAtOnceAreNotBothAnswered() async throws {
    let leases = MemoryRunLeases()
    let agent = AgentDefinition(
      name: "a", description: "", instructions: "", provider: ToolName("script.chat")!, model: "m")
    let flow = try ScriptedFlow(
      FlowDefinition(
        name: "flow", description: "", startAgent: "a", agents: ["a": agent], limits: FlowLimits()),
      answers: ["m": [ScriptedFlow.done, ScriptedFlow.done]], leases: leases
    ) { _, _, _, _ in .busy }
    defer { flow.lanes.shutDown() }
    _ = try await flow.runner.begin(Self.conversation, with: Self.request(1, "?"))
    let lease = leases.claim(Self.conversation.lease, takingOver: false)
    let refused = await code {
      _ = try await flow.runner.converse(Self.request(2, "?"), in: Self.conversation)
    }
    #expect(refused == .conversationIsGoingOn)
    lease?.release()
    _ = try await flow.runner.converse(Self.request(2, "?"), in: Self.conversation)
  }

  @Test func aQuestionThatWasNeverAnsweredIsToldAndCanBeGoneOnWith() async throws {
    let broken = try Self.flow([ScriptedFlow.saying("late")], refusing: .runFinished)
    defer { broken.lanes.shutDown() }
    _ = try await broken.runner.begin(Self.conversation, with: Self.request(1, "?"))
    let flow = try Self.flow(["late", "now"].map(ScriptedFlow.saying))
    defer { flow.lanes.shutDown() }
    try await flow.journal.append(
      try await broken.journal.events(of: Self.run(1), tenant: ScriptedFlow.tenant), .durable)
    let summary = try await flow.runner.summary(
      of: Self.conversation, for: Principal(tenant: ScriptedFlow.tenant))
    #expect(flow.runner.status(of: summary) == .unanswered)
    let refused = await code {
      _ = try await flow.runner.converse(Self.request(2, "?"), in: Self.conversation)
    }
    #expect(refused == .turnIsUnanswered)
    let outcome = try await flow.runner.resume(Self.run(1), of: ScriptedFlow.tenant)
    #expect(outcome.text == "late")
    _ = try await flow.runner.converse(Self.request(2, "again"), in: Self.conversation)
    // The answer was in the journal, so the model was asked once.
    #expect(given(flow, 0) == ["user: ?", "assistant: late", "user: again"])
  }

  @Test func afterSilenceNothingIsAskedBeforeSomebodySaysHowToGoOn() async throws {
    let time = MovedWallClock()
    let flow = try Self.flow(["one", "two", "three"].map(ScriptedFlow.saying), time: time)
    defer { flow.lanes.shutDown() }
    _ = try await flow.runner.begin(Self.conversation, with: Self.request(1, "1?"))
    time.advance(milliseconds: 1_700_000)
    _ = try await flow.runner.converse(Self.request(2, "2?"), in: Self.conversation)
    time.advance(milliseconds: 1_800_001)
    let refused = await code {
      _ = try await flow.runner.converse(Self.request(3, "3?"), in: Self.conversation)
    }
    #expect(refused == .conversationExpired && flow.requests.withLock { $0.count } == 2)
    let outcome = try await flow.runner.converse(
      Self.request(3, "3?"), in: Self.conversation, restoring: .goOn)
    #expect(outcome.text == "three")
    #expect(given(flow, 2).count == 5)
  }

  @Test func aConversationThatIsBegunAfreshKnowsTheKeyFacts() async throws {
    let time = MovedWallClock()
    // Asked to sum up, the model has no answer of its own before it, and gives the first.
    let flow = try Self.flow(["the facts", "two"].map(ScriptedFlow.saying), time: time)
    defer { flow.lanes.shutDown() }
    _ = try await flow.runner.begin(Self.conversation, with: Self.request(1, "my name is Ada"))
    time.advance(milliseconds: 1_800_001)
    _ = try await flow.runner.converse(
      Self.request(2, "who am I?"), in: Self.conversation, restoring: .afresh(as: Self.other))
    #expect(given(flow, 1).last?.contains("user: my name is Ada") == true)
    #expect(given(flow, 2) == ["user (summary): the facts", "user: who am I?"])
    _ = try await flow.runner.converse(Self.request(3, "and now?"), in: Self.other)
    #expect(
      given(flow, 3) == [
        "user (summary): the facts", "user: who am I?", "assistant: the facts", "user: and now?",
      ])
    let count = flow.requests.withLock { $0.count }
    _ = try await flow.runner.replay(Self.run(2), of: ScriptedFlow.tenant)
    _ = try await flow.runner.replay(Self.run(3), of: ScriptedFlow.tenant)
    #expect(flow.requests.withLock { $0.count } == count)
  }

  /// How the first turn of a conversation ends that was begun afresh, without having come to anything.
  enum EarlyEnd: CaseIterable { case cancelled, takenBack, refused }

  @Test(arguments: EarlyEnd.allCases)
  func theKeyFactsSurviveAFirstTurnThatCameToNothing(end: EarlyEnd) async throws {
    let time = MovedWallClock()
    let flow = try Self.flow(["the facts", "two"].map(ScriptedFlow.saying), guarding: true, time: time)
    defer { flow.lanes.shutDown() }
    _ = try await flow.runner.begin(Self.conversation, with: Self.request(1, "my name is Ada"))
    time.advance(milliseconds: 1_800_001)
    var first = Self.request(2, end == .refused ? "a secret" : "who am I?")
    if end == .cancelled { first.cancellation.cancel() }
    let outcome = try await flow.runner.converse(
      first, in: Self.conversation, restoring: .afresh(as: Self.other))
    switch end {
    case .cancelled: #expect(outcome.status == .cancelled)
    case .refused: #expect(outcome.failure?.code == .denied)
    case .takenBack:
      first.run = try await flow.runner.withdrawTurn(of: Self.other, by: first.principal)
      #expect(first.run == Self.run(2))
    }
    let asked = flow.requests.withLock { $0.count }
    _ = try await flow.runner.converse(Self.request(3, "and now?"), in: Self.other)
    #expect(given(flow, flow.requests.withLock { $0.count } - 1).contains("user (summary): the facts"))
    // Of one that was refused, the summary is there; the others' is made by the turn that needs it.
    #expect(flow.requests.withLock { $0.count } == asked + (end == .refused ? 1 : 2))
    _ = try await flow.runner.replay(Self.run(3), of: ScriptedFlow.tenant)
  }

  @Test func whatDoesNotFitIsSummedUpOnceAndTheOriginalsStay() async throws {
    var settings = ConversationSettings()
    settings.summarizes = true
    settings.maxContextTokens = 40
    let long = String(repeating: "word ", count: 30)
    let flow = try Self.flow(["short", "next"].map(ScriptedFlow.saying), settings: settings)
    defer { flow.lanes.shutDown() }
    _ = try await flow.runner.begin(Self.conversation, with: Self.request(1, long))
    _ = try await flow.runner.converse(Self.request(2, "2?"), in: Self.conversation)
    #expect(given(flow, 1).count == 2 && given(flow, 1).last?.hasPrefix("user (transcript): ") == true)
    #expect(given(flow, 2) == ["user (summary): short", "user: 2?"])
    _ = try await flow.runner.converse(Self.request(3, "3?"), in: Self.conversation)
    #expect(
      given(flow, 3) == ["user (summary): short", "user: 2?", "assistant: short", "user: 3?"])
    let events = try await flow.journal.events(of: Self.run(1), tenant: ScriptedFlow.tenant)
    #expect(TurnTranscript(events)?.messages.first?.text == long)
    for number in 1...3 as ClosedRange<Int64> {
      _ = try await flow.runner.replay(Self.run(number), of: ScriptedFlow.tenant)
    }
  }

  @Test func whereNoSummaryCanBeHadTheOldestIsLeftOut() async throws {
    var settings = ConversationSettings()
    settings.summarizes = true
    settings.maxContextTokens = 40
    let long = String(repeating: "word ", count: 30)
    // A model that calls tools where it was to sum up has not summed up.
    let flow = try Self.flow(
      [
        ScriptedFlow.calling([("c", "script_work", "{}")]), ScriptedFlow.saying("fine"),
        ScriptedFlow.saying("still"),
      ], settings: settings)
    defer { flow.lanes.shutDown() }
    _ = try await flow.runner.begin(Self.conversation, with: Self.request(1, long))
    let outcome = try await flow.runner.converse(Self.request(2, "2?"), in: Self.conversation)
    #expect(outcome.status == .succeeded)
    #expect(given(flow, 3).last == "user: 2?" && !given(flow, 3).contains { $0.contains("word") })
    let events = try await flow.journal.events(of: Self.run(2), tenant: ScriptedFlow.tenant)
    let record = try #require(events.first { $0.kind == .contextCompacted })
    #expect(String(decoding: record.data, as: UTF8.self).contains(#""status":"truncated""#))
  }

  @Test func whatWasRefusedIsToldToNobodyLater() async throws {
    let forbidding = Guardrail(
      name: "no-secrets", check: .text(try CompiledSchema(["not": ["pattern": "secret"]])))
    let agent = AgentDefinition(
      name: "a", description: "", instructions: "", provider: ToolName("script.chat")!, model: "m",
      guardrails: AgentGuardrails(input: [forbidding], output: [], toolInput: [], toolOutput: []))
    let flow = try ScriptedFlow(
      FlowDefinition(
        name: "flow", description: "", startAgent: "a", agents: ["a": agent], limits: FlowLimits()),
      answers: ["m": [ScriptedFlow.done]]
    ) { _, _, _, _ in .busy }
    defer { flow.lanes.shutDown() }
    let refused = try await flow.runner.begin(
      Self.conversation, with: Self.request(1, "the secret is 5"))
    #expect(refused.failure?.code == .denied)
    let outcome = try await flow.runner.converse(Self.request(2, "hello"), in: Self.conversation)
    #expect(outcome.status == .succeeded && given(flow, 0) == ["user: hello"])
  }
}

/// The system's time, but that its wall clock can be set forward.
private final class MovedWallClock: TimeSource {
  private let ahead = Lock<Int64>(0)
  private let system = SystemTime()

  func now() -> MonotonicTime { system.now() }
  func wallClock() -> Int64 { system.wallClock() + ahead.withLock { $0 } }
  func advance(milliseconds: Int64) { ahead.withLock { $0 += milliseconds * 1_000_000 } }
}
