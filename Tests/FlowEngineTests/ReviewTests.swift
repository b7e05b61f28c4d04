import FlowEngine
import Invocation
import JSONCodec
import Locking
import Manifests
import Storage
import TestSupport
import Testing
import ToolContracts

/// Stages that wait for a person.
@Suite(.leavesNothingBehind) struct ReviewTests {
  private static let yaml = """
    stages:
      draft: {agent: a, output_schema: {type: object}}
      sign:
        approval: {expires: 1h}
        needs: [draft]
        input: $stages.draft
        output_schema: {required: [n]}
      send: {tool: script.write, needs: [sign], input: {n: $stages.sign/n}}
    agents: {a: {model: {provider: script, name: a}}}
    """

  /// One host: what it was asked to do.
  private struct Life {
    let flow: ScriptedFlow
    let calls = Lock<[String]>([])

    init(
      _ yaml: String = ReviewTests.yaml, time: any TimeSource = SystemTime(),
      journal events: [JournalEvent] = []
    ) async throws {
      flow = try ScriptedFlow(
        FlowDefinition.manifest(yaml), answers: ["a": [ScriptedFlow.saying(#"{"n":1}"#)]], time: time
      ) { [calls] lanes, call, tool, arguments in
        calls.withLock { $0.append("\(tool) \(String(decoding: arguments, as: UTF8.self))") }
        return arguments.withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
      }
      try await flow.journal.append(events, .durable)
    }

    func next(_ yaml: String = ReviewTests.yaml) async throws -> Life {
      flow.lanes.shutDown()
      return try await Life(yaml, journal: flow.events())
    }

    func decide(_ verdict: ApprovalVerdict) async -> RunFailure.Code? {
      do throws(RunFailure) {
        try await flow.runner.decide(ScriptedFlow.run, step: 2, verdict, by: "ops", of: ScriptedFlow.tenant)
        return nil
      } catch { return error.code }
    }
  }

  @Test func theRunWaitsAndThePersonSeesWhatTheStageWasGiven() async throws {
    let life = try await Life()
    defer { life.flow.lanes.shutDown() }
    let outcome = await life.flow.ask()
    #expect(outcome.status == .awaitingApproval && outcome.failure?.message.contains("stage sign") == true)
    let pending = try await life.flow.runner.pendingApprovals(
      of: ScriptedFlow.run, tenant: ScriptedFlow.tenant)
    #expect(pending.map(\.subject) == [.stage("sign")] && pending.map(\.content) == [Array(#"{"n":1}"#.utf8)])
    #expect(life.calls.withLock { $0 } == [])
  }

  @Test func whatWasApprovedGoesOnInWhateverHost() async throws {
    let life = try await Life()
    _ = await life.flow.ask()
    #expect(await life.decide(.approve()) == nil)
    let next = try await life.next()
    defer { next.flow.lanes.shutDown() }
    #expect(try await next.flow.resume().status == .succeeded)
    #expect(next.calls.withLock { $0 } == [#"write {"n":1}"#])
    try await expectOrder(of: next.flow)
  }

  @Test func whatThePersonGivesInsteadGoesOnIfItHasTheStagesForm() async throws {
    let life = try await Life()
    defer { life.flow.lanes.shutDown() }
    _ = await life.flow.ask()
    #expect(await life.decide(.approve(arguments: Array("{}".utf8))) == .argumentsInvalid)
    #expect(await life.decide(.approve(arguments: Array("{".utf8))) == .argumentsInvalid)
    #expect(await life.decide(.approve(arguments: Array(#"{"n":5}"#.utf8))) == nil)
    #expect(try await life.flow.resume().status == .succeeded)
    #expect(life.calls.withLock { $0 } == [#"write {"n":5}"#])
    try await expectOrder(of: life.flow)
  }

  @Test func whatWasDeniedDoesNotGoOn() async throws {
    let life = try await Life()
    defer { life.flow.lanes.shutDown() }
    _ = await life.flow.ask()
    #expect(await life.decide(.deny(reason: "not like this")) == nil)
    let outcome = try await life.flow.resume()
    #expect(outcome.status == .failed && outcome.failure?.code == .denied)
    #expect(outcome.failure?.message.contains("not like this") == true)
    #expect(life.calls.withLock { $0 } == [])
    try await expectOrder(of: life.flow)
  }

  @Test func anAnswerThatComesTooLateIsNone() async throws {
    let time = MovedTime()
    let life = try await Life(time: time)
    defer { life.flow.lanes.shutDown() }
    _ = await life.flow.ask()
    time.later.withLock { $0 = 3_600_000_000_001 }
    #expect(await life.decide(.approve()) == .approvalExpired)
    let outcome = try await life.flow.resume()
    #expect(outcome.status == .failed && outcome.failure?.code == .approvalExpired)
    #expect(life.calls.withLock { $0 } == [])
  }

  @Test func aStageThatHasChangedSinceIsNotApproved() async throws {
    let life = try await Life()
    _ = await life.flow.ask()
    let next = try await life.next(Self.yaml.replacing("required: [n]", with: "required: []"))
    defer { next.flow.lanes.shutDown() }
    #expect(await next.decide(.approve()) == .approvalExpired)
    #expect(try await next.flow.resume().failure?.code == .approvalExpired)
    #expect(next.calls.withLock { $0 } == [])
  }

  @Test func aYesToOneVersionOfTheStageIsNoneToAnother() async throws {
    let life = try await Life()
    _ = await life.flow.ask()
    #expect(await life.decide(.approve()) == nil)
    let next = try await life.next(Self.yaml.replacing("required: [n]", with: "required: []"))
    defer { next.flow.lanes.shutDown() }
    #expect(try await next.flow.resume().failure?.code == .approvalExpired)
    #expect(next.calls.withLock { $0 } == [])
  }

  @Test func aForkAfterTheYesKeepsItAndOneBeforeItAsksAnew() async throws {
    let life = try await Life()
    defer { life.flow.lanes.shutDown() }
    _ = await life.flow.ask()
    #expect(await life.decide(.approve()) == nil)
    #expect(try await life.flow.resume().status == .succeeded)
    func fork(at step: UInt32) async throws -> FlowOutcome {
      try await life.flow.runner.fork(
        ScriptedFlow.run, at: step, as: RunID(milliseconds: 8, randomness: UInt128(step)),
        of: ScriptedFlow.tenant)
    }
    #expect(try await fork(at: 3).status == .succeeded)
    #expect(try await fork(at: 1).status == .awaitingApproval)
  }
}
