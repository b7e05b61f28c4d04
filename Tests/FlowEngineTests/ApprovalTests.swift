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

/// Calls that a person must approve, through the real pipeline.
@Suite(.leavesNothingBehind) struct ApprovalTests {
  /// One host: what it was asked to do, and its clock.
  private struct Life {
    let flow: ScriptedFlow
    let calls = Lock<[String]>([])

    /// - Parameter rule: of `script.write`.
    init(
      rule: ApprovalRule? = ApprovalRule(), guardrails: String = "{}", time: any TimeSource = SystemTime(),
      answers: [String] = ApprovalTests.answers, journal events: [JournalEvent] = []
    ) async throws {
      let definition = try FlowDefinition.manifest(
        """
        start_agent: a
        guardrails: {small: {schema: {properties: {n: {maximum: 10}}}}}
        agents:
          a: {model: {provider: script, name: a}, tools: ['script.*'], handoffs: [b], guardrails: \(guardrails)}
          b: {model: {provider: script, name: b}}
        """)
      flow = try ScriptedFlow(
        definition, answers: ["a": answers, "b": [ScriptedFlow.done]],
        approval: { $0.function == "write" ? rule : nil }, time: time
      ) { [calls] lanes, call, tool, arguments in
        calls.withLock { $0.append("\(tool) \(String(decoding: arguments, as: UTF8.self))") }
        return arguments.withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
      }
      try await flow.journal.append(events, .durable)
    }

    func next(rule: ApprovalRule? = ApprovalRule(), time: any TimeSource = SystemTime()) async throws -> Life
    {
      flow.lanes.shutDown()
      return try await Life(rule: rule, time: time, journal: flow.events())
    }

    func pending() async throws -> [PendingApproval] {
      try await flow.runner.pendingApprovals(of: ScriptedFlow.run, tenant: ScriptedFlow.tenant)
    }

    func decide(_ verdict: ApprovalVerdict, step: UInt32 = 3) async -> RunFailure.Code? {
      do throws(RunFailure) {
        try await flow.runner.decide(
          ScriptedFlow.run, step: step, verdict, by: "ops", of: ScriptedFlow.tenant)
        return nil
      } catch { return error.code }
    }
  }

  /// The call of step 3 is asked about.
  private static let answers = [
    ScriptedFlow.calling([("1", "script_work", #"{"n":1}"#), ("2", "script_write", #"{"n":2}"#)]),
    ScriptedFlow.done,
  ]

  private func status(_ life: Life) async throws -> RunSummary.Status? {
    try await life.flow.journal.runs(tenant: ScriptedFlow.tenant, limit: 1, before: nil).first?.status
  }

  @Test func theRunWaitsAndWhatNeedsNoApprovalIsDone() async throws {
    let life = try await Life()
    defer { life.flow.lanes.shutDown() }
    let outcome = await life.flow.ask()
    #expect(outcome.status == .awaitingApproval && outcome.failure?.code == .approvalRequired)
    #expect(life.calls.withLock { $0 } == [#"work {"n":1}"#])
    let pending = try await life.pending()
    #expect(pending.map(\.step) == [3] && pending[0].subject == .tool("script.write"))
    #expect(pending[0].content == Array(#"{"n":2}"#.utf8))
    #expect(try await status(life) == .awaitingApproval)
  }

  @Test func whatIsApprovedIsMadeByWhateverHostGoesOnWithTheRun() async throws {
    let life = try await Life()
    _ = await life.flow.ask()
    #expect(await life.decide(.approve()) == nil)
    #expect(try await status(life) == .open)
    let next = try await life.next()
    defer { next.flow.lanes.shutDown() }
    #expect(try await next.flow.resume().status == .succeeded)
    #expect(next.calls.withLock { $0 } == [#"write {"n":2}"#])
    #expect(next.flow.results(toldAt: 0) == ["1: ok", "2: ok"])
    try await expectOrder(of: next.flow)
  }

  @Test func whatIsDeniedIsNotMadeAndTheModelReadsWhy() async throws {
    let life = try await Life()
    defer { life.flow.lanes.shutDown() }
    _ = await life.flow.ask()
    #expect(await life.decide(.deny(reason: "not today")) == nil)
    #expect(try await life.flow.resume().status == .succeeded)
    #expect(life.calls.withLock { $0.count } == 1)
    #expect(life.flow.results(toldAt: 1) == ["1: ok", "2: denied"])
    let told = life.flow.requests.withLock { $0[1]["messages"]?.array?.last?["content"]?.string }
    #expect(told?.contains("not today") == true)
    try await expectOrder(of: life.flow)
  }

  @Test func theCallIsMadeWithTheArgumentsThatThePersonGives() async throws {
    let life = try await Life()
    defer { life.flow.lanes.shutDown() }
    _ = await life.flow.ask()
    #expect(await life.decide(.approve(arguments: Array(#"{"n":"x"}"#.utf8))) == .argumentsInvalid)
    #expect(await life.decide(.approve(arguments: Array(#"{"n":7}"#.utf8))) == nil)
    #expect(try await life.flow.resume().status == .succeeded)
    #expect(life.calls.withLock { $0.last } == #"write {"n":7}"#)
    // The model's own call says what was done.
    let calls = life.flow.requests.withLock { $0[1]["messages"]?.array?.compactMap { $0["toolCalls"]?[1] } }
    #expect(calls?.first?["arguments"]?.string == #"{"n":7}"#)
    try await expectOrder(of: life.flow)
  }

  @Test func whatThePersonGivesIsGuardedToo() async throws {
    let life = try await Life(guardrails: "{tool_input: [small]}")
    defer { life.flow.lanes.shutDown() }
    _ = await life.flow.ask()
    #expect(await life.decide(.approve(arguments: Array(#"{"n":70}"#.utf8))) == nil)
    #expect(try await life.flow.resume().status == .succeeded)
    #expect(life.flow.results(toldAt: 1) == ["1: ok", "2: denied"])
    try await expectOrder(of: life.flow)
  }

  @Test func aYesHoldsForWhatWasAskedUnderTheRuleOfThen() async throws {
    let life = try await Life()
    _ = await life.flow.ask()
    #expect(await life.decide(.approve()) == nil)
    // Approved, and then the rule became another one.
    let next = try await life.next(rule: ApprovalRule(expiresNanoseconds: 3_600_000_000_000))
    defer { next.flow.lanes.shutDown() }
    #expect(try await next.flow.resume().status == .succeeded)
    #expect(next.calls.withLock { $0 }.isEmpty)
    #expect(next.flow.results(toldAt: 0) == ["1: ok", "2: approval_expired"])
    try await expectOrder(of: next.flow)
  }

  @Test func aQuestionUnderAnotherRuleCannotBeAnsweredAnyMore() async throws {
    let life = try await Life()
    _ = await life.flow.ask()
    let next = try await life.next(rule: ApprovalRule(when: ["type": "object"]))
    defer { next.flow.lanes.shutDown() }
    #expect(await next.decide(.approve()) == .approvalExpired)
    #expect(try await next.flow.resume().status == .succeeded)
    #expect(next.calls.withLock { $0 }.isEmpty)
  }

  @Test(arguments: ["unanswered", "approved too late", "made too late"])
  func questionsAndAnswersExpire(case what: String) async throws {
    let time = MovedTime()
    let life = try await Life(rule: ApprovalRule(expiresNanoseconds: 3_600_000_000_000), time: time)
    defer { life.flow.lanes.shutDown() }
    _ = await life.flow.ask()
    if what == "made too late" { #expect(await life.decide(.approve()) == nil) }
    time.later.withLock { $0 = 3_600_000_000_001 }
    if what == "approved too late" { #expect(await life.decide(.approve()) == .approvalExpired) }
    #expect(try await life.flow.resume().status == .succeeded)
    #expect(life.calls.withLock { $0.count } == 1)
    #expect(life.flow.results(toldAt: 1) == ["1: ok", "2: approval_expired"])
    try await expectOrder(of: life.flow)
  }

  @Test func aHandoffWaitsForTheApprovalOfItsSiblings() async throws {
    let answers = [ScriptedFlow.calling([("1", "transfer_to_b", "{}"), ("2", "script_write", "{}")])]
    let life = try await Life(answers: answers)
    defer { life.flow.lanes.shutDown() }
    #expect(await life.flow.ask().status == .awaitingApproval)
    #expect(try await !life.flow.kinds().contains(.handoffCompleted))
    #expect(await life.decide(.approve()) == nil)
    #expect(try await life.flow.resume().agent == "b")
    try await expectOrder(of: life.flow)
  }

  @Test func nothingIsAskedWhereTheRuleDoesNotMeanTheCall() async throws {
    let rule = ApprovalRule(when: ["properties": ["n": ["minimum": 3]], "required": ["n"]])
    let life = try await Life(rule: rule)
    defer { life.flow.lanes.shutDown() }
    #expect(await life.flow.ask().status == .succeeded)
  }

  @Test func aRuleThatMakesNoSenseMeansEveryCall() async throws {
    let life = try await Life(rule: ApprovalRule(when: ["type": "nonsense"]))
    defer { life.flow.lanes.shutDown() }
    #expect(await life.flow.ask().status == .awaitingApproval)
  }

  @Test func whatIsNotAskedCannotBeAnsweredNorTwice() async throws {
    let life = try await Life()
    defer { life.flow.lanes.shutDown() }
    _ = await life.flow.ask()
    #expect(await life.decide(.approve(), step: 2) == .stepNotAsked)
    #expect(await life.decide(.deny()) == nil)
    #expect(await life.decide(.approve()) == .stepNotAsked)
    _ = try await life.flow.resume()
    #expect(await life.decide(.approve()) == .runIsFinished)
  }

  @Test func aCallOutsideOfARunIsNotMade() async throws {
    let life = try await Life()
    defer { life.flow.lanes.shutDown() }
    let outcome = await life.flow.pipeline.call(
      CallRequest(
        tool: ToolName("script.write")!, arguments: Array("{}".utf8),
        principal: Principal(tenant: ScriptedFlow.tenant), call: CallID(run: ScriptedFlow.run, step: 1)))
    guard case .failure(let failure) = outcome else {
      Issue.record("it was made")
      return
    }
    #expect(failure.code == .approvalRequired && life.calls.withLock { $0 }.isEmpty)
  }

  @Test func aRunThatWaitsCanBeEnded() async throws {
    let life = try await Life()
    defer { life.flow.lanes.shutDown() }
    _ = await life.flow.ask()
    try await life.flow.runner.cancel(ScriptedFlow.run, of: ScriptedFlow.tenant)
    #expect(try await status(life) == .cancelled)
    try await expectOrder(of: life.flow)
  }

  @Test func killedAtAnyEventACallIsNeverMadeWithoutAYes() async throws {
    let life = try await Life()
    _ = await life.flow.ask()
    #expect(await life.decide(.approve(arguments: Array(#"{"n":7}"#.utf8))) == nil)
    #expect(try await life.flow.resume().status == .succeeded)
    let whole = try await life.flow.events()
    life.flow.lanes.shutDown()
    for length in 1..<whole.count {
      let next = try await Life(journal: Array(whole[..<length]))
      var outcome = try await next.flow.resume()
      if outcome.status == .awaitingApproval {
        #expect(next.calls.withLock { !$0.contains { $0.hasPrefix("write") } }, "after \(length) events")
        #expect(await next.decide(.approve(arguments: Array(#"{"n":7}"#.utf8))) == nil)
        outcome = try await next.flow.resume()
      }
      if outcome.status == .inDoubt {
        try await next.flow.runner.resolve(
          ScriptedFlow.run, step: 3, as: .happened, by: "ops", of: ScriptedFlow.tenant)
        outcome = try await next.flow.resume()
      }
      #expect(outcome.status == .succeeded, "after \(length) events")
      let writes = next.calls.withLock { $0.filter { $0.hasPrefix("write") } }
      #expect(writes.allSatisfy { $0 == #"write {"n":7}"# } && writes.count <= 1, "after \(length) events")
      try await expectOrder(of: next.flow, "after \(length) events")
      next.flow.lanes.shutDown()
    }
  }

  @Test func aForkAsksAnew() async throws {
    let life = try await Life(
      answers: [ScriptedFlow.calling([("1", "script_write", "{}")]), ScriptedFlow.done])
    defer { life.flow.lanes.shutDown() }
    _ = await life.flow.ask()
    #expect(await life.decide(.approve(), step: 2) == nil)
    #expect(try await life.flow.resume().status == .succeeded)
    let fork = RunID(milliseconds: 8, randomness: 8)
    let outcome = try await life.flow.runner.fork(
      ScriptedFlow.run, at: 2, as: fork, of: ScriptedFlow.tenant)
    #expect(outcome.status == .awaitingApproval)
    #expect(life.calls.withLock { $0.count } == 1)
  }
}
