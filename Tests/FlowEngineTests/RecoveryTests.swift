import FlowEngine
import Invocation
import Locking
import Storage
import TestSupport
import Testing
import ToolContracts

/// What a host makes of the runs that other hosts left.
@Suite(.leavesNothingBehind) struct RecoveryTests {
  private static let answers = [
    ScriptedFlow.calling([("1", "script_put", "{}")]), ScriptedFlow.done,
  ]

  private func host(
    _ leases: MemoryRunLeases = MemoryRunLeases(), calls: Lock<Int> = Lock(0)
  ) throws -> ScriptedFlow {
    try ScriptedFlow(answers: Self.answers, leases: leases) { lanes, call, _, _ in
      calls.withLock { $0 += 1 }
      return Array("{}".utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
  }

  /// The first events of a run, under another name.
  private func beginning(until kind: JournalEvent.Kind, as run: RunID) async throws -> [JournalEvent] {
    let flow = try host()
    defer { flow.lanes.shutDown() }
    _ = await flow.ask()
    let events = try await flow.events()
    let end = try #require(events.firstIndex { $0.kind == kind })
    return events[...end].map { event in
      var event = event
      (event.run, event.sequence, event.fence) = (run, 0, 0)
      return event
    }
  }

  private func statuses(_ flow: ScriptedFlow) async throws -> [RunSummary.Status] {
    try await flow.journal.runs(tenant: ScriptedFlow.tenant, limit: 1000, before: nil).map(\.status)
  }

  @Test func everyRunThatNobodyHasComesToItsEnd() async throws {
    let calls = Lock(0)
    let flow = try host(calls: calls)
    defer { flow.lanes.shutDown() }
    for number in 1...600 as ClosedRange<UInt128> {
      let run = RunID(milliseconds: 1, randomness: number)
      let kind: JournalEvent.Kind = [.runStarted, .modelCompleted, .toolStarted][Int(number % 3)]
      try await flow.journal.append(try await beginning(until: kind, as: run), .trace)
    }
    #expect(await flow.runner.recover(ScriptedFlow.tenant) { false } == RecoveryReport(ended: 600))
    #expect(try await statuses(flow) == Array(repeating: .succeeded, count: 600))
    #expect(calls.withLock { $0 } == 600)
  }

  @Test func whatSomebodyHasOrWaitsForAPersonIsLeftAlone() async throws {
    let leases = MemoryRunLeases()
    let flow = try host(leases)
    defer { flow.lanes.shutDown() }
    let (held, doubtful) = (RunID(milliseconds: 1, randomness: 1), RunID(milliseconds: 1, randomness: 2))
    let lease = leases.claim(held, takingOver: false)
    try await flow.journal.append(try await beginning(until: .toolStarted, as: held), .durable)
    try await flow.journal.append(
      try await beginning(until: .toolStarted, as: doubtful) + [
        JournalEvent(
          time: 1, tenant: ScriptedFlow.tenant, run: doubtful, kind: .toolFinished, step: 2,
          data: Array(#"{"tool":"script.put","status":"in_doubt"}"#.utf8))
      ], .durable)
    #expect(await flow.runner.recover(ScriptedFlow.tenant) { false } == RecoveryReport(waiting: 1))
    #expect(try await statuses(flow) == [.inDoubt, .open])
    lease?.release()
  }

  @Test func aRunThatGetsNoFurtherIsLeftToAPersonWhoCanStillTry() async throws {
    let flow = try host()
    defer { flow.lanes.shutDown() }
    try await flow.journal.append(try await beginning(until: .toolStarted, as: ScriptedFlow.run), .durable)
    for _ in 1...3 { try await flow.journal.claim(ScriptedFlow.run, tenant: ScriptedFlow.tenant) }
    #expect(await flow.runner.recover(ScriptedFlow.tenant) { false } == RecoveryReport(waiting: 1))
    #expect(try await statuses(flow) == [.open])
    #expect(try await flow.resume().status == .succeeded)
  }

  @Test func aCallOutsideOfAFlowIsNoRunToGoOnWith() async throws {
    let flow = try host()
    defer { flow.lanes.shutDown() }
    try await flow.journal.append(
      [
        JournalEvent(
          time: 1, tenant: ScriptedFlow.tenant, run: ScriptedFlow.run, kind: .toolStarted, step: 1,
          data: Array(#"{"tool":"script.put"}"#.utf8))
      ], .durable)
    #expect(await flow.runner.recover(ScriptedFlow.tenant) { false } == RecoveryReport())
  }

  @Test func aRunWhoseFlowIsGoneFailsAloneAndStaysOpen() async throws {
    let flow = try host()
    defer { flow.lanes.shutDown() }
    var gone = try await beginning(until: .runStarted, as: RunID(milliseconds: 1, randomness: 1))
    gone[0].data = Array(#"{"name":"gone","input":"x"}"#.utf8)
    try await flow.journal.append(gone, .durable)
    try await flow.journal.append(try await beginning(until: .toolStarted, as: ScriptedFlow.run), .durable)
    #expect(await flow.runner.recover(ScriptedFlow.tenant) { false } == RecoveryReport(ended: 1, failed: 1))
    #expect(try await statuses(flow) == [.succeeded, .open])
  }

  @Test func nothingMoreIsBegunOnceTheHostEnds() async throws {
    let flow = try host()
    defer { flow.lanes.shutDown() }
    try await flow.journal.append(try await beginning(until: .toolStarted, as: ScriptedFlow.run), .durable)
    #expect(await flow.runner.recover(ScriptedFlow.tenant) { true } == RecoveryReport())
    #expect(try await statuses(flow) == [.open])
  }
}
