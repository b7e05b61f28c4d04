import FlowEngine
import Invocation
import JSONCodec
import Manifests
import Storage
import TestSupport
import Testing
import ToolContracts

/// That what must hold of a run is missed where it does not.
@Suite(.leavesNothingBehind) struct RunInvariantsTests {
  /// A tool, a call of nobody, a handoff.
  private func events() async throws -> [JournalEvent] {
    let flow = try ScriptedFlow(
      .manifest(
        """
        start_agent: a
        agents:
          a: {model: {provider: script, name: a}, tools: ['script.*'], handoffs: [b]}
          b: {model: {provider: script, name: b}}
        """),
      answers: [
        "a": [
          ScriptedFlow.calling([
            ("1", "script_put", "{}"), ("2", "no_such", "{}"), ("3", "transfer_to_b", "{}"),
          ])
        ], "b": [ScriptedFlow.done],
      ]
    ) { lanes, call, _, arguments in
      arguments.withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .succeeded)
    return try await flow.events()
  }

  @Test func aRunInOrderHasNoViolations() async throws {
    let invariants = RunInvariants(try await events(), limits: FlowLimits())
    #expect(invariants.violations == [])
    #expect(invariants.effects == ["script.put"])
  }

  @Test(arguments: [
    JournalEvent.Kind.toolFinished, .toolRejected, .handoffCompleted, .modelCompleted, .runFinished,
  ])
  func whatIsMissingIsFound(kind: JournalEvent.Kind) async throws {
    let rest = try await events().filter { $0.kind != kind }
    #expect(!RunInvariants(rest, limits: FlowLimits()).violations.isEmpty)
  }

  @Test(arguments: [JournalEvent.Kind.toolFinished, .toolRejected, .handoffCompleted, .runFinished])
  func whatIsThereTwiceIsFound(kind: JournalEvent.Kind) async throws {
    let events = try await events()
    let again = try #require(events.first { $0.kind == kind })
    #expect(!RunInvariants(events + [again], limits: FlowLimits()).violations.isEmpty)
  }

  @Test func aLimitThatDidNotHoldIsFound() async throws {
    let events = try await events()
    for limit in ["turns", "calls", "handoffs"] {
      var limits = FlowLimits()
      switch limit {
      case "turns": limits.maxTurns = 0
      case "calls": limits.maxToolCalls = 0
      default: limits.maxHandoffs = 0
      }
      #expect(RunInvariants(events, limits: limits).violations.count == 1, "\(limit)")
    }
  }
}
