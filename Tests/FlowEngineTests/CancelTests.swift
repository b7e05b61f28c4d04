import FlowEngine
import Invocation
import Locking
import Manifests
import Storage
import TestSupport
import Testing
import ToolContracts
import ToolRegistry

/// The end of a run that somebody else asks for.
@Suite(.leavesNothingBehind) struct CancelTests {
  private static let answers = [
    ScriptedFlow.calling([("1", "script_work", "{}")]), ScriptedFlow.done,
  ]

  private func code<Value>(_ body: () async throws -> Value) async -> RunFailure.Code? {
    do {
      _ = try await body()
      return nil
    } catch { return (error as? RunFailure)?.code }
  }

  @Test func aRunThatIsInACallIsEndedAndItsPluginIsTold() async throws {
    let leases = MemoryRunLeases()
    let called = AsyncStream<CallHandle>.makeStream()
    let told = AsyncStream<CallHandle>.makeStream()
    let flow = try ScriptedFlow(
      answers: Self.answers, leases: leases,
      onCancel: { lanes, call in
        told.continuation.yield(call)
        _ = lanes.complete(call, status: .cancelled, payload: UnsafeRawBufferPointer(start: nil, count: 0))
      },
      tool: { _, call, _, _ in
        called.continuation.yield(call)
        return .pending
      })
    defer { flow.lanes.shutDown() }
    async let outcome = flow.ask()
    var calls = called.stream.makeAsyncIterator()
    let call = await calls.next()
    try await flow.runner.cancel(ScriptedFlow.run, of: ScriptedFlow.tenant)
    #expect(await outcome.status == .cancelled)
    var cancellations = told.stream.makeAsyncIterator()
    #expect(await cancellations.next() == call)
    let events = try await flow.events()
    #expect(events.last?.kind == .runFinished)
    #expect(
      events.contains {
        $0.kind == .toolFinished && String(decoding: $0.data, as: UTF8.self).contains("cancelled")
      })
    // Whoever holds the run next is not asked again.
    #expect(leases.cancellationRequests().isEmpty)
    #expect(try await flow.runner.replay(ScriptedFlow.run, of: ScriptedFlow.tenant) == events.count)
  }

  /// Two calls of one answer, of which a person is asked about the second.
  private static func twoCalls(
    refusing refused: JournalEvent.Kind? = nil, journal events: [JournalEvent] = []
  ) async throws -> ScriptedFlow {
    let agent = AgentDefinition(
      name: "a", description: "", instructions: "", provider: ToolName("script.chat")!, model: "m",
      tools: [NamePattern("script.*")])
    let calls = ScriptedFlow.calling([("1", "script_write", "{}"), ("2", "script_put", "{}")])
    let flow = try ScriptedFlow(
      FlowDefinition(
        name: "flow", description: "", startAgent: "a", agents: ["a": agent], limits: FlowLimits()),
      answers: ["m": [calls, ScriptedFlow.done]], refusing: refused, times: 1,
      approval: { $0.function == "put" ? ApprovalRule() : nil }
    ) { lanes, call, _, _ in
      Array("{}".utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    try await flow.journal.append(events, .durable)
    return flow
  }

  /// Seed 760 of the simulation: the run had an end, and a call of it no result.
  @Test func aRunIsNotEndedWhereItCannotBeRecordedThatACallWasNotMade() async throws {
    let whole = try await Self.twoCalls()
    defer { whole.lanes.shutDown() }
    #expect(await whole.ask().status == .awaitingApproval)
    let events = try await whole.events()
    let before = Array(events[..<(try #require(events.firstIndex { $0.kind == .toolStarted }))])
      .filter { $0.kind != .approvalRequested }
    let full = try await Self.twoCalls(refusing: .toolRejected, journal: before)
    defer { full.lanes.shutDown() }
    let cancellation = Cancellation()
    cancellation.cancel()
    let outcome = try await full.runner.resume(
      ScriptedFlow.run, of: ScriptedFlow.tenant, cancellation: cancellation)
    #expect(outcome.status == .failed)
    let left = try await full.events()
    #expect(!left.contains { $0.kind == .runFinished || $0.kind == .runFailed })
    // Where there is room again, it ends as it should.
    let flow = try await Self.twoCalls(journal: left)
    defer { flow.lanes.shutDown() }
    try await flow.runner.cancel(ScriptedFlow.run, of: ScriptedFlow.tenant)
    #expect(RunInvariants(try await flow.events(), limits: FlowLimits()).violations == [])
    _ = try await flow.runner.replay(ScriptedFlow.run, of: ScriptedFlow.tenant)
  }

  @Test func aRunThatNobodyHasIsEndedWithoutACall() async throws {
    let whole = try ScriptedFlow(answers: Self.answers) { lanes, call, _, _ in
      Array("{}".utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    defer { whole.lanes.shutDown() }
    _ = await whole.ask()
    let events = try await whole.events()
    for length in 1..<events.count {
      let calls = Lock(0)
      let flow = try ScriptedFlow(answers: Self.answers) { _, _, _, _ in
        calls.withLock { $0 += 1 }
        return .busy
      }
      defer { flow.lanes.shutDown() }
      try await flow.journal.append(Array(events[..<length]), .durable)
      try await flow.runner.cancel(ScriptedFlow.run, of: ScriptedFlow.tenant)
      let summary = try await flow.journal.runs(tenant: ScriptedFlow.tenant, limit: 1, before: nil).first
      // Where the last answer was there already, the run had succeeded but for writing that down.
      #expect([.cancelled, .succeeded].contains(summary?.status), "after \(length) events")
      #expect(calls.withLock { $0 } == 0 && flow.requests.withLock { $0.isEmpty }, "after \(length) events")
      #expect(
        await code { try await flow.runner.cancel(ScriptedFlow.run, of: ScriptedFlow.tenant) }
          == .runIsFinished)
    }
  }

  @Test func aRunWhoseFlowIsGoneCanStillBeEnded() async throws {
    let flow = try ScriptedFlow(answers: Self.answers) { _, _, _, _ in .busy }
    defer { flow.lanes.shutDown() }
    try await flow.journal.append(
      [
        JournalEvent(
          time: 1, tenant: ScriptedFlow.tenant, run: ScriptedFlow.run, kind: .runStarted,
          data: Array(#"{"name":"gone","input":"x"}"#.utf8))
      ], .durable)
    try await flow.runner.cancel(ScriptedFlow.run, of: ScriptedFlow.tenant)
    #expect(
      try await flow.journal.runs(tenant: ScriptedFlow.tenant, limit: 1, before: nil).first?.status
        == .cancelled)
  }

  @Test func aRunInDoubtIsNotEndedBeforeSomebodyHasLooked() async throws {
    let write = [ScriptedFlow.calling([("1", "script_write", "{}")]), ScriptedFlow.done]
    let whole = try ScriptedFlow(answers: write) { lanes, call, _, _ in
      Array("{}".utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    defer { whole.lanes.shutDown() }
    _ = await whole.ask()
    let cut = try await whole.events().prefix { $0.kind != .toolFinished }
    let flow = try ScriptedFlow(answers: write) { _, _, _, _ in .busy }
    defer { flow.lanes.shutDown() }
    try await flow.journal.append(Array(cut), .durable)
    func cancel() async throws { try await flow.runner.cancel(ScriptedFlow.run, of: ScriptedFlow.tenant) }
    #expect(await code(cancel) == .runIsInDoubt)
    let step = try #require(cut.last?.step)
    try await flow.runner.resolve(
      ScriptedFlow.run, step: step, as: .happened, by: "", of: ScriptedFlow.tenant)
    try await cancel()
    #expect(
      try await flow.journal.runs(tenant: ScriptedFlow.tenant, limit: 1, before: nil).first?.status
        == .cancelled)
  }

  @Test func aRunOfAnotherTenantCannotBeEnded() async throws {
    let leases = MemoryRunLeases()
    let flow = try ScriptedFlow(answers: Self.answers, leases: leases) { _, _, _, _ in .busy }
    defer { flow.lanes.shutDown() }
    _ = await flow.ask()
    #expect(
      await code { try await flow.runner.cancel(ScriptedFlow.run, of: TenantID("globex")!) } == .runNotFound)
    #expect(leases.cancellationRequests().isEmpty)
  }
}
