import FlowEngine
import Invocation
import JSONCodec
import Locking
import Manifests
import Storage
import TestSupport
import Testing
import ToolContracts
import ToolRegistry

/// Stages that are a person's where they fail, and what stages know of earlier turns.
@Suite(.leavesNothingBehind) struct StagePersonTests {
  private static let ada = Principal(tenant: ScriptedFlow.tenant, user: "ada")
  private static let conversation = ConversationID(RunID(milliseconds: 1, randomness: 9))

  /// `read` owes a number, and what `keep` needs; `note` needs nothing.
  private static let yaml = """
    human_handoff: {on_agent_request: true}
    guardrails: {no-secrets: {forbid: [secret]}}
    stages:
      read:
        agent: a
        output_schema: {type: object, required: [n]}
        max_repairs: 0
        on_failure: person
      keep: {tool: script.put, needs: [read], input: $stages.read}
      note: {tool: script.write, input: {n: 1}}
    result: keep
    agents:
      a: {model: {provider: script, name: a}, tools: [script.work], guardrails: {output: [no-secrets]}}
    """

  private static func flow(
    _ yaml: String = StagePersonTests.yaml, _ answers: [String],
    fails: @escaping @Sendable (String) -> Bool = { _ in false },
    approval: @escaping @Sendable (ToolName) -> ApprovalRule? = { _ in nil }
  ) throws -> (flow: ScriptedFlow, calls: Lock<[String]>) {
    let calls = Lock<[String]>([])
    let flow = try ScriptedFlow(
      FlowDefinition.manifest(yaml), answers: ["a": answers], approval: approval
    ) { lanes, call, tool, arguments in
      calls.withLock { $0.append("\(tool) \(String(decoding: arguments, as: UTF8.self))") }
      if fails(tool) { return .tool }
      return arguments.withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    return (flow, calls)
  }

  private func answer(_ text: String?, _ flow: ScriptedFlow) async throws -> FlowOutcome {
    try await flow.runner.takeOver(ScriptedFlow.run, by: Self.ada)
    try await flow.runner.giveBack(ScriptedFlow.run, text: text, by: Self.ada)
    return try await flow.resume()
  }

  private func reasons(_ flow: ScriptedFlow) async throws -> [String] {
    try await flow.events().filter { $0.kind == .personRequested }.compactMap {
      try JSONDocument(parsing: $0.data).root["reason"]?.string
    }
  }

  private func expectProof(of flow: ScriptedFlow) async throws {
    try await expectOrder(of: flow)
    #expect(RunInvariants(try await flow.events(), limits: FlowLimits()).violations == [])
  }

  @Test func whatAnAgentCouldNotGiveAPersonGives() async throws {
    let (flow, calls) = try Self.flow(Self.yaml, [ScriptedFlow.saying("no JSON")])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .awaitingPerson)
    // The other branch was gone on with meanwhile.
    #expect(calls.withLock { $0 } == [#"write {"n":1}"#])
    // What binds the agent binds the person: the form of the stage, and the guardrails.
    #expect(try await answer("no JSON either", flow).status == .awaitingPerson)
    #expect(try await answer(#"{"n":7,"why":"a secret"}"#, flow).status == .awaitingPerson)
    let outcome = try await answer(#"{"n":7}"#, flow)
    #expect(outcome.status == .succeeded && calls.withLock { $0.last } == #"put {"n":7}"#)
    let why = try await reasons(flow)
    #expect(why.count == 3 && why[0].contains("the stage read failed") && why[2].contains("no-secrets"))
    try await expectProof(of: flow)
  }

  @Test func whereThePersonHasNothingToGiveTheRunFailsWithWhatTheStageFailedWith() async throws {
    let (flow, calls) = try Self.flow(Self.yaml, [ScriptedFlow.saying("no JSON")])
    defer { flow.lanes.shutDown() }
    _ = await flow.ask()
    let outcome = try await answer(nil, flow)
    #expect(outcome.status == .failed && outcome.failure?.message.contains("the stage read failed") == true)
    #expect(!calls.withLock { $0 }.contains { $0.hasPrefix("put") })
    try await expectProof(of: flow)
  }

  @Test(arguments: [(#"{"n":7}"#, #"{"n":7}"#), ("seven", "seven"), (nil, "")])
  func whatAToolCouldNotGiveAPersonGives(given: String?, expected: String) async throws {
    let (flow, _) = try Self.flow(
      "stages: {one: {tool: script.work, input: {n: 1}, on_failure: person}}\n"
        + "agents: {a: {model: {provider: script, name: a}}}", [], fails: { $0 == "work" })
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .awaitingPerson)
    let outcome = try await answer(given, flow)
    #expect(outcome.status == (given == nil ? .failed : .succeeded) && outcome.text == expected)
    try await expectProof(of: flow)
  }

  @Test func aPersonIsAskedOnceAllElseIsDoneThatCanBe() async throws {
    let (flow, calls) = try Self.flow(
      Self.yaml, [ScriptedFlow.saying("no JSON")], approval: { $0.function == "write" ? ApprovalRule() : nil }
    )
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .awaitingApproval)
    let pending = try await flow.runner.pendingApprovals(of: ScriptedFlow.run, tenant: ScriptedFlow.tenant)
    #expect(pending.count == 1)
    try await flow.runner.decide(
      ScriptedFlow.run, step: pending.first?.step ?? 0, .approve(), by: "ada", of: ScriptedFlow.tenant)
    #expect(try await flow.resume().status == .awaitingPerson)
    #expect(calls.withLock { $0 } == [#"write {"n":1}"#])
    #expect(try await answer(#"{"n":2}"#, flow).status == .succeeded)
    try await expectProof(of: flow)
  }

  @Test func anAgentOfAStageAsksForAPersonWhoGivesWhatItOwes() async throws {
    let (flow, calls) = try Self.flow(
      Self.yaml,
      [ScriptedFlow.calling([("1", "ask_for_person", #"{"reason":"I cannot read it"}"#)])])
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .awaitingPerson)
    #expect(try await answer(#"{"n":3}"#, flow).status == .succeeded)
    #expect(calls.withLock { $0.last } == #"put {"n":3}"#)
    try await expectProof(of: flow)
  }

  @Test func aRunThatWaitsForTheGiverOfAStageCanBeEnded() async throws {
    let (flow, _) = try Self.flow(Self.yaml, [ScriptedFlow.saying("no JSON")])
    defer { flow.lanes.shutDown() }
    _ = await flow.ask()
    try await flow.runner.cancel(ScriptedFlow.run, of: ScriptedFlow.tenant)
    try await expectProof(of: flow)
  }

  // MARK: Earlier turns

  private static let turns = """
    stages: {read: {agent: a}, keep: {agent: b, needs: [read], input: $stages.read}}
    agents: {a: {model: {provider: script, name: a}}, b: {model: {provider: script, name: a}}}
    """

  private static func request(_ number: Int64, _ input: String) -> FlowRequest {
    FlowRequest(
      flow: "flow", input: input, principal: Principal(tenant: ScriptedFlow.tenant),
      run: RunID(milliseconds: 10 + number, randomness: 1))
  }

  private func given(_ flow: ScriptedFlow, _ index: Int) -> [String] {
    let messages = flow.requests.withLock { requests in
      requests.indices.contains(index) ? requests[index]["messages"]?.array ?? [] : []
    }
    return messages.map { "\($0["role"]?.string ?? ""): \($0["content"]?.string ?? "")" }
  }

  @Test func theAgentsOfStagesKnowWhatWasSaidBefore() async throws {
    let (flow, _) = try Self.flow(Self.turns, ["one", "two", "three"].map(ScriptedFlow.saying))
    defer { flow.lanes.shutDown() }
    _ = try await flow.runner.begin(Self.conversation, with: Self.request(1, "first?"))
    _ = try await flow.runner.converse(Self.request(2, "second?"), in: Self.conversation)
    #expect(given(flow, 0) == ["user: first?"])
    // Of what the stages said to each other, the turn has the result alone.
    #expect(given(flow, 2).count == 3 && given(flow, 2).last == "user: second?")
    #expect(given(flow, 2).first == "user: first?")
    #expect(given(flow, 3).first == "user: first?")
    #expect(given(flow, 3).last?.contains(#"Stage "keep" gives you"#) == true)
    _ = try await flow.runner.replay(Self.request(2, "").run, of: ScriptedFlow.tenant)
  }

  @Test func stagesOfAConversationThatIsBegunAfreshKnowItsKeyFacts() async throws {
    let time = MovedTime()
    let flow = try ScriptedFlow(
      FlowDefinition.manifest(Self.turns), answers: ["a": ["one", "two", "three"].map(ScriptedFlow.saying)],
      time: time
    ) { _, _, _, _ in .busy }
    defer { flow.lanes.shutDown() }
    _ = try await flow.runner.begin(Self.conversation, with: Self.request(1, "my name is Ada"))
    time.later.withLock { $0 += 1_800_001_000_000 }
    let other = ConversationID(RunID(milliseconds: 2, randomness: 9))
    for number in 2...3 as ClosedRange<Int64> {
      let before = flow.requests.withLock { $0.count }
      let request = Self.request(number, "who am I?")
      _ = try await flow.runner.converse(
        request, in: number == 2 ? Self.conversation : other, restoring: .afresh(as: other))
      #expect(given(flow, before).first?.contains("user: my name is Ada") == true)
      _ = try await flow.runner.replay(request.run, of: ScriptedFlow.tenant)
    }
  }
}
