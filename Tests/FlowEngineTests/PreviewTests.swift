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

/// What a plugin says that a call would do, beside the question whether it may be made.
@Suite(.leavesNothingBehind) struct PreviewTests {
  private static let stages = "stages: {one: {tool: script.write, input: {n: 1}}}"

  private func flow(
    _ calls: Lock<[String]>, _ answer: String?, time: any TimeSource = SystemTime(),
    journal events: [JournalEvent] = []
  ) async throws -> ScriptedFlow {
    let flow = try ScriptedFlow(
      FlowDefinition.manifest(Self.stages), answers: [:],
      approval: { $0.function == "write" ? ApprovalRule(expiresNanoseconds: 3_600_000_000_000) : nil },
      time: time,
      preview: { lanes, call, tool, arguments in
        calls.withLock { $0.append("preview \(tool) \(String(decoding: arguments, as: UTF8.self))") }
        guard let answer else { return .unsupported }
        return Array(answer.utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
      }
    ) { lanes, call, tool, arguments in
      calls.withLock { $0.append("\(tool) \(String(decoding: arguments, as: UTF8.self))") }
      return arguments.withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    try await flow.journal.append(events, .durable)
    return flow
  }

  @Test func thePersonReadsWhatTheCallWouldDoAndNothingIsDone() async throws {
    let calls = Lock<[String]>([])
    let flow = try await flow(calls, #"{"summary":"Writes 1.","details":{"old":0}}"#)
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .awaitingApproval)
    let pending = try await flow.runner.pendingApprovals(of: ScriptedFlow.run, tenant: ScriptedFlow.tenant)
    #expect(pending.map { $0.preview?.summary } == ["Writes 1."])
    #expect(pending.map { $0.preview?.details } == [Array(#"{"old":0}"#.utf8)])
    #expect(calls.withLock { $0 } == [#"preview write {"n":1}"#])
  }

  @Test func itIsAskedForOnceHoweverOftenTheRunIsGoneThrough() async throws {
    let calls = Lock<[String]>([])
    let flow = try await flow(calls, #"{"summary":"Writes 1."}"#)
    defer { flow.lanes.shutDown() }
    _ = await flow.ask()
    #expect(try await flow.resume().status == .awaitingApproval)
    try await flow.runner.decide(ScriptedFlow.run, step: 1, .approve(), by: "ops", of: ScriptedFlow.tenant)
    #expect(try await flow.resume().status == .succeeded)
    try await expectOrder(of: flow)
    #expect(calls.withLock { $0 } == [#"preview write {"n":1}"#, #"write {"n":1}"#])
  }

  @Test(arguments: [nil, "[]", #"{"summary":5}"#]) func aQuestionWithoutAPreviewIsOneAllTheSame(
    _ answer: String?
  )
    async throws
  {
    let flow = try await flow(Lock([]), answer)
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .awaitingApproval)
    let pending = try await flow.runner.pendingApprovals(of: ScriptedFlow.run, tenant: ScriptedFlow.tenant)
    #expect(pending.map(\.preview) == [nil])
  }

  @Test func detailsThatNobodyWouldReadAreLeftOut() async throws {
    let long = String(repeating: "x", count: 70_000)
    let flow = try await flow(Lock([]), #"{"summary":"Writes 1.","details":"\#(long)"}"#)
    defer { flow.lanes.shutDown() }
    _ = await flow.ask()
    let pending = try await flow.runner.pendingApprovals(of: ScriptedFlow.run, tenant: ScriptedFlow.tenant)
    #expect(pending.map(\.preview) == [ApprovalPreview(summary: "Writes 1.", details: nil)])
  }

  @Test func aQuestionThatExpiredWhileNoHostWasThereIsGoneOnFromByTheNext() async throws {
    let (calls, time) = (Lock<[String]>([]), MovedTime())
    let first = try await flow(calls, nil, time: time)
    _ = await first.ask()
    let events = try await first.events()
    first.lanes.shutDown()
    let next = try await flow(calls, nil, time: time, journal: events)
    defer { next.lanes.shutDown() }
    #expect(await next.runner.recover(ScriptedFlow.tenant) { false } == RecoveryReport(waiting: 1))
    #expect(try await !next.kinds().contains(.approvalExpired))
    time.later.withLock { $0 = 3_600_000_000_001 }
    #expect(await next.runner.recover(ScriptedFlow.tenant) { false } == RecoveryReport(ended: 1))
    #expect(try await next.kinds().contains(.approvalExpired))
    #expect(calls.withLock { $0.filter { $0.hasPrefix("write") } } == [])
  }
}
