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

/// Flows in stages, through the real pipeline and journal.
@Suite(.leavesNothingBehind) struct StageRunTests {
  /// A branch with an effect, a branch with a call of an agent that has one too, and what needs both.
  private static let branches = """
    limits: {timeout: 60s}
    stages:
      note: {tool: script.write, input: {n: 1}}
      gather: {agent: a, output_schema: {type: object}, max_repairs: 1}
      keep: {tool: script.put, needs: [note], input: {n: 2}}
      extract: {agent: b, needs: [gather, keep]}
    agents:
      a: {model: {provider: script, name: a}, tools: [script.write]}
      b: {model: {provider: script, name: b}}
    """
  private static let answers = [
    "a": [
      ScriptedFlow.calling([("1", "script_write", #"{"n":3}"#)]), ScriptedFlow.saying("no JSON"),
      ScriptedFlow.saying("{}"),
    ],
    "b": [ScriptedFlow.done],
  ]

  private struct Life {
    let flow: ScriptedFlow
    let calls = Lock<[String]>([])

    init(
      _ yaml: String = StageRunTests.branches, answers: [String: [String]] = StageRunTests.answers,
      journal events: [JournalEvent] = []
    ) async throws {
      flow = try ScriptedFlow(FlowDefinition.manifest(yaml), answers: answers) {
        [calls] lanes, call, tool, arguments in
        calls.withLock { $0.append("\(tool) \(String(decoding: arguments, as: UTF8.self))") }
        return arguments.withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
      }
      try await flow.journal.append(events, .durable)
    }

    func expectProof(_ place: String = "") async throws {
      try await expectOrder(of: flow, place)
      #expect(RunInvariants(try await flow.events(), limits: FlowLimits()).violations == [], "\(place)")
    }
  }

  @Test func aRunThatWentThroughItsStagesIsReplayedBitForBit() async throws {
    let life = try await Life()
    defer { life.flow.lanes.shutDown() }
    #expect(await life.flow.ask() == FlowOutcome(status: .succeeded, text: "done", agent: "b"))
    #expect(life.calls.withLock { Set($0) } == [#"write {"n":1}"#, #"write {"n":3}"#, #"put {"n":2}"#])
    try await life.expectProof()
  }

  @Test func killedAtAnyEventTheRunGoesThroughItsStagesAsItWouldHaveAndNoEffectIsRepeated() async throws {
    let first = try await Life()
    _ = await first.flow.ask()
    let whole = try await first.flow.events()
    first.flow.lanes.shutDown()
    for length in 1..<whole.count {
      let prefix = Array(whole[..<length])
      let life = try await Life(journal: prefix)
      defer { life.flow.lanes.shutDown() }
      var outcome = try await life.flow.resume()
      while outcome.status == .inDoubt {
        for event in try await life.flow.events() where isDoubt(event) {
          _ = try? await life.flow.runner.resolve(
            ScriptedFlow.run, step: event.step ?? 0, as: .happened, by: "", of: ScriptedFlow.tenant)
        }
        outcome = try await life.flow.resume()
      }
      let begun = prefix.count {
        $0.kind == .toolStarted && String(decoding: $0.data, as: UTF8.self).contains("script.write")
      }
      let writes = life.calls.withLock { $0.count { $0.hasPrefix("write") } }
      // A stage whose call had its effect and lost its result has failed: what needs it is not begun.
      #expect(writes <= 2 - begun, "after \(length) events")
      #expect([.succeeded, .failed].contains(outcome.status), "after \(length) events")
      try await life.expectProof("after \(length) events")
    }
  }

  private func isDoubt(_ event: JournalEvent) -> Bool {
    event.kind == .toolFinished && String(decoding: event.data, as: UTF8.self).contains("in_doubt")
  }

  @Test func aForkKeepsTheStagesThatWereDoneBeforeTheCall() async throws {
    let life = try await Life()
    defer { life.flow.lanes.shutDown() }
    _ = await life.flow.ask()
    let steps = try await life.flow.events().filter {
      $0.kind == .modelRequested || $0.kind == .toolStarted
    }.compactMap(\.step)
    for (index, step) in Set(steps).sorted().enumerated() {
      let fork = RunID(milliseconds: 8, randomness: UInt128(index))
      let outcome = try await life.flow.runner.fork(
        ScriptedFlow.run, at: step, as: fork, of: ScriptedFlow.tenant)
      #expect(outcome.text == "done", "at step \(step)")
      _ = try await life.flow.runner.replay(fork, of: ScriptedFlow.tenant)
      let events = try await life.flow.journal.events(of: fork, tenant: ScriptedFlow.tenant)
      #expect(RunInvariants(events, limits: FlowLimits()).violations == [], "at step \(step)")
    }
    // The last one made no call of a tool again.
    #expect(life.calls.withLock { $0.last } != nil)
  }

  @Test func aForkedStagesCallIsMadeWithOtherArguments() async throws {
    let life = try await Life()
    defer { life.flow.lanes.shutDown() }
    _ = await life.flow.ask()
    let put = try await life.flow.events().first {
      $0.kind == .toolStarted && String(decoding: $0.data, as: UTF8.self).contains("script.put")
    }
    let outcome = try await life.flow.runner.fork(
      ScriptedFlow.run, at: put?.step ?? 0, arguments: Array(#"{"n":9}"#.utf8),
      as: RunID(milliseconds: 8, randomness: 8), of: ScriptedFlow.tenant)
    #expect(outcome.status == .succeeded)
    #expect(life.calls.withLock { $0.last } == #"put {"n":9}"#)
  }

  @Test func aStageThatHasNoTimeLeftEndsTheRunAtItsLimit() async throws {
    let flow = try ScriptedFlow(
      FlowDefinition.manifest(
        """
        limits: {timeout: 50ms}
        stages: {one: {tool: script.work, input: {n: 1}, on_failure: continue}, two: {tool: script.put, input: {n: 2}, needs: [one]}}
        """), answers: [:]
    ) { lanes, call, tool, _ in
      tool == "work"
        ? .pending : Array("{}".utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    defer { flow.lanes.shutDown() }
    let outcome = await flow.ask()
    #expect(outcome.status == .limitReached && outcome.failure?.code == .timedOut)
    #expect(try await !flow.events().contains { $0.kind == .toolStarted && $0.step == 2 })
    try await expectOrder(of: flow)
  }

  @Test func aStagesCallIsApprovedLikeAnyOther() async throws {
    let calls = Lock<[String]>([])
    let flow = try ScriptedFlow(
      FlowDefinition.manifest(
        "stages: {one: {tool: script.write, input: {n: 1}}, two: {tool: script.put, needs: [one], input: {n: $stages.one/n}}}"
      ),
      answers: [:], approval: { $0.function == "write" ? ApprovalRule() : nil }
    ) { lanes, call, tool, arguments in
      calls.withLock { $0.append("\(tool) \(String(decoding: arguments, as: UTF8.self))") }
      return arguments.withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .awaitingApproval)
    #expect(calls.withLock { $0 } == [])
    try await flow.runner.decide(
      ScriptedFlow.run, step: 1, .approve(arguments: Array(#"{"n":4}"#.utf8)), by: "ops",
      of: ScriptedFlow.tenant)
    #expect(try await flow.resume().status == .succeeded)
    #expect(calls.withLock { $0 } == [#"write {"n":4}"#, #"put {"n":4}"#])
    try await expectOrder(of: flow)
  }

  @Test func aStageWhoseCallNobodyApprovedFails() async throws {
    let flow = try ScriptedFlow(
      FlowDefinition.manifest("stages: {one: {tool: script.write, input: {n: 1}}}"), answers: [:],
      approval: { $0.function == "write" ? ApprovalRule() : nil }
    ) { _, _, _, _ in .busy }
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .awaitingApproval)
    try await flow.runner.decide(
      ScriptedFlow.run, step: 1, .deny(reason: "no"), by: "ops", of: ScriptedFlow.tenant)
    let outcome = try await flow.resume()
    #expect(outcome.status == .failed && outcome.failure?.code == .denied)
    try await expectOrder(of: flow)
    #expect(RunInvariants(try await flow.events(), limits: FlowLimits()).violations == [])
  }
}
