import FlowEngine
import Invocation
import JSONCodec
import Locking
import Manifests
import Storage
import TestSupport
import Testing
import ToolContracts

/// A run that was another one until one of its calls.
@Suite(.leavesNothingBehind) struct ForkTests {
  private static let fork = RunID(milliseconds: 8, randomness: 8)
  /// Steps: 1 model, 2 write and 3 put at once, 4 model, 5 work, 6 model.
  private static let answers = [
    ScriptedFlow.calling([("1", "script_write", #"{"n":1}"#), ("2", "script_put", #"{"n":2}"#)]),
    ScriptedFlow.calling([("3", "script_work", #"{"n":3}"#)]), ScriptedFlow.done,
  ]

  /// A flow whose run has ended, and what its tools were called with since it began.
  private func ended() async throws -> (ScriptedFlow, Lock<[String]>) {
    let calls = Lock<[String]>([])
    let flow = try ScriptedFlow(answers: Self.answers) { lanes, call, tool, arguments in
      calls.withLock { $0.append("\(tool) \(String(decoding: arguments, as: UTF8.self))") }
      return Array("{}".utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    _ = await flow.ask()
    calls.withLock { $0 = [] }
    flow.requests.withLock { $0 = [] }
    return (flow, calls)
  }

  private func fork(_ flow: ScriptedFlow, at step: UInt32, _ arguments: String? = nil)
    async throws(RunFailure)
    -> FlowOutcome
  {
    try await flow.runner.fork(
      ScriptedFlow.run, at: step, arguments: arguments.map { Array($0.utf8) }, as: Self.fork,
      of: ScriptedFlow.tenant)
  }

  private func code(_ body: () async throws(RunFailure) -> FlowOutcome) async -> RunFailure.Code? {
    do throws(RunFailure) {
      _ = try await body()
      return nil
    } catch { return error.code }
  }

  @Test(
    arguments: [
      (1, ["put {\"n\":2}", "work {\"n\":3}", "write {\"n\":1}"], 3),
      (2, ["work {\"n\":3}", "write {\"n\":1}"], 2),
      (3, ["put {\"n\":2}", "work {\"n\":3}"], 2), (4, ["work {\"n\":3}"], 2), (5, ["work {\"n\":3}"], 1),
      (6, [], 1),
    ] as [(UInt32, [String], Int)])
  func theCallAndWhatFollowedAreMadeAnewAndNothingElse(_ step: UInt32, _ made: [String], _ asked: Int)
    async throws
  {
    let (flow, calls) = try await ended()
    defer { flow.lanes.shutDown() }
    let before = try await flow.events()
    #expect(try await fork(flow, at: step).status == .succeeded)
    #expect(calls.withLock { $0.sorted() } == made)
    #expect(flow.requests.withLock { $0.count } == asked)
    #expect(try await flow.events() == before)
    let events = try await flow.journal.events(of: Self.fork, tenant: ScriptedFlow.tenant)
    #expect(events.map(\.kind.rawValue).sorted() == before.map(\.kind.rawValue).sorted())
    let origin = try JSONValue(parsing: events[0].data)["fork"]
    #expect(origin?["run_id"]?.string == "\(ScriptedFlow.run)" && origin?["step"]?.int == Int64(step))
    #expect(try await flow.runner.replay(Self.fork, of: ScriptedFlow.tenant) == events.count)
  }

  @Test func aToolIsCalledWithOtherArgumentsAndSoItIsInForksOfTheFork() async throws {
    let (flow, calls) = try await ended()
    defer { flow.lanes.shutDown() }
    _ = try await fork(flow, at: 3, #"{"n": 9}"#)
    #expect(calls.withLock { $0.sorted() } == [#"put {"n":9}"#, #"work {"n":3}"#])
    #expect(try await flow.runner.replay(Self.fork, of: ScriptedFlow.tenant) > 0)
    calls.withLock { $0 = [] }
    let second = RunID(milliseconds: 9, randomness: 9)
    _ = try await flow.runner.fork(
      Self.fork, at: 5, arguments: Array(#"{"n":7}"#.utf8), as: second, of: ScriptedFlow.tenant)
    #expect(calls.withLock { $0 } == [#"work {"n":7}"#])
    #expect(try await flow.runner.replay(second, of: ScriptedFlow.tenant) > 0)
  }

  @Test func aForkThatIsCutOffIsGoneOnWithAsItIs() async throws {
    let (flow, calls) = try await ended()
    defer { flow.lanes.shutDown() }
    _ = try await fork(flow, at: 3, #"{"n":9}"#)
    let events = try await flow.journal.events(of: Self.fork, tenant: ScriptedFlow.tenant)
    for length in 1..<events.count where events[length - 1].kind != .toolStarted {
      let second = try ScriptedFlow(answers: Self.answers) { lanes, call, tool, arguments in
        calls.withLock { $0.append("\(tool) \(String(decoding: arguments, as: UTF8.self))") }
        return Array("{}".utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
      }
      defer { second.lanes.shutDown() }
      calls.withLock { $0 = [] }
      try await second.journal.append(Array(events[..<length]), .durable)
      let status = try await second.runner.resume(Self.fork, of: ScriptedFlow.tenant).status
      #expect(status == .succeeded || status == .inDoubt)
      #expect(calls.withLock { !$0.contains(#"put {"n":2}"#) }, "after \(length) events")
    }
  }

  @Test func aCallThatWasNotMadeCannotBeForkedAt() async throws {
    let (flow, _) = try await ended()
    defer { flow.lanes.shutDown() }
    #expect(await code { () async throws(RunFailure) in try await fork(flow, at: 7) } == .stepNotFound)
    #expect(await code { () async throws(RunFailure) in try await fork(flow, at: 4, "{}") } == .stepNotFound)
    #expect(
      await code { () async throws(RunFailure) in
        try await flow.runner.fork(
          ScriptedFlow.run, at: 3, as: Self.fork, of: TenantID("globex")!)
      } == .runNotFound)
    #expect(try await flow.journal.events(of: Self.fork, tenant: ScriptedFlow.tenant).isEmpty)
  }

  @Test func besideACallThatMayHaveHappenedNothingIsMadeAnew() async throws {
    let (whole, _) = try await ended()
    defer { whole.lanes.shutDown() }
    var cut = try await whole.events().filter { $0.turn <= 1 && $0.kind != .runFinished }
    cut.removeAll { $0.step == 3 && $0.kind == .toolFinished }
    let flow = try ScriptedFlow(answers: Self.answers) { _, _, _, _ in .busy }
    defer { flow.lanes.shutDown() }
    try await flow.journal.append(cut, .durable)
    #expect(await code { () async throws(RunFailure) in try await fork(flow, at: 2) } == .runIsInDoubt)
    // Before both of them there is nothing to lose.
    #expect(await code { () async throws(RunFailure) in try await fork(flow, at: 1) } == nil)
  }

  @Test func whereTheFlowHasChangedNothingIsBegun() async throws {
    let (whole, _) = try await ended()
    defer { whole.lanes.shutDown() }
    var limits = FlowLimits()
    limits.maxTurns = 1
    let flow = try ScriptedFlow(answers: Self.answers, limits: limits) { _, _, _, _ in .busy
    }
    defer { flow.lanes.shutDown() }
    try await flow.journal.append(try await whole.events(), .durable)
    #expect(await code { () async throws(RunFailure) in try await fork(flow, at: 6) } == .replayDiverged)
    #expect(try await flow.journal.events(of: Self.fork, tenant: ScriptedFlow.tenant).isEmpty)
  }
}
