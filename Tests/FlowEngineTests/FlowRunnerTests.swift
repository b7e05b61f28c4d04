import FlowEngine
import Invocation
import JSONCodec
import Locking
import Manifests
import Storage
import Telemetry
import TestSupport
import Testing
import ToolContracts
import ToolRegistry

/// Runs through the real pipeline, with answers from a script.
@Suite(.leavesNothingBehind) struct FlowRunnerTests {
  private func echo(_ lanes: LanePool, _ call: CallHandle, _ tool: String, _ arguments: [UInt8]) -> CallStatus
  {
    arguments.withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
  }

  @Test func aRunIsJournaledFromItsStartToItsEnd() async throws {
    let flow = try ScriptedFlow(
      answers: [ScriptedFlow.calling([("1", "script_work", "{}")]), ScriptedFlow.done], tool: echo)
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask() == FlowOutcome(status: .succeeded, text: "done", agent: "a"))
    #expect(
      try await flow.kinds() == [
        .runStarted, .agentStarted, .modelRequested, .modelCompleted, .toolCalled, .toolStarted,
        .toolFinished,
        .modelRequested, .modelCompleted, .agentFinished, .runFinished,
      ])
  }

  /// There is a flow at every second look.
  private final class Restless: FlowSource {
    let all: [(catalog: FlowCatalog, registry: RegistrySnapshot)]
    let looks = Lock(0)

    init(_ catalog: FlowCatalog, _ registry: RegistrySnapshot) {
      all = [(catalog, registry), (FlowCatalog(), .empty)]
    }

    var flows: (catalog: FlowCatalog, registry: RegistrySnapshot) {
      looks.withLock { looks in
        defer { looks += 1 }
        return all[looks % 2]
      }
    }
  }

  @Test func aRunBeginsWithAFlowAndARegistryOfOneMoment() async throws {
    let flow = try ScriptedFlow(answers: [ScriptedFlow.done], tool: echo)
    defer { flow.lanes.shutDown() }
    let runner = FlowRunner(
      flows: Restless(flow.runner.catalog, flow.registry.registry), pipeline: flow.pipeline,
      lanes: flow.lanes,
      journal: flow.journal, time: SystemTime(), log: .none)
    func ask(_ randomness: UInt64) async -> FlowOutcome.Status {
      await runner.run(
        FlowRequest(
          flow: "flow", input: "question", principal: Principal(tenant: ScriptedFlow.tenant),
          run: RunID(milliseconds: 7, randomness: .init(randomness)), cancellation: Cancellation())
      ).status
    }
    #expect(await ask(1) == .succeeded)
    #expect(await ask(2) == .failed)
    #expect(await ask(3) == .succeeded)
  }

  @Test func callsOfOneTurnRunAtTheSameTimeAndAreAnsweredInTheirOrder() async throws {
    let inside = Condition(0)
    let calls = (0..<4).map { (id: "\($0)", name: "script_work", arguments: "{\"n\":\($0)}") }
    let flow = try ScriptedFlow(answers: [ScriptedFlow.calling(calls), ScriptedFlow.done]) {
      lanes, call, _, arguments in
      // None returns before all are inside, and then the last first.
      let place = inside.withLock { count in
        count += 1
        return count
      }
      inside.broadcast()
      inside.wait { count -> Void? in count >= 4 + (4 - place) ? () : nil }
      defer {
        inside.withLock { $0 += 1 }
        inside.broadcast()
      }
      return arguments.withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().status == .succeeded)
    let messages = flow.requests.withLock { $0[1]["messages"]?.array ?? [] }
    let results = messages.filter { $0["role"]?.string == "tool" }.map { $0["content"]?.string }
    #expect(results == (0..<4).map { "{\"n\":\($0)}" })
  }

  @Test func cancellingARunReachesTheToolThatRuns() async throws {
    let cancellation = Cancellation()
    let flow = try ScriptedFlow(answers: [ScriptedFlow.calling([("1", "script_work", "{}")])]) {
      lanes, call, _, _ in
      cancellation.cancel()
      return lanes.remainingNanoseconds(call) == 0 ? .cancelled : .ok
    }
    let outcome = await flow.ask(cancellation)
    #expect(outcome.status == .cancelled)
    #expect(try await flow.kinds().last == .runFinished)
    waitUntil { flow.lanes.counts.callsInUse == 0 }
    flow.lanes.shutDown()
  }

  @Test func aRunWhoseTimeIsUpIsCutWhateverItsToolDoes() async throws {
    let gate = Gate()
    var limits = FlowLimits()
    limits.timeoutNanoseconds = 20_000_000
    let flow = try ScriptedFlow(
      answers: [ScriptedFlow.calling([("1", "script_work", "{}")])], limits: limits
    ) { _, _, _, _ in
      gate.wait()
      return .ok
    }
    let outcome = await flow.ask()
    #expect(outcome.status == .limitReached)
    #expect(outcome.failure?.code == .timedOut)
    gate.open()
    waitUntil { flow.lanes.counts.callsInUse == 0 }
    flow.lanes.shutDown()
  }

  @Test func aRunWhoseStartCannotBeRecordedAsksNobody() async throws {
    let flow = try ScriptedFlow(answers: [ScriptedFlow.done], refusing: .runStarted, tool: echo)
    defer { flow.lanes.shutDown() }
    let outcome = await flow.ask()
    #expect(outcome.status == .failed && outcome.failure?.code == .internal)
    #expect(flow.requests.withLock { $0 }.isEmpty)
  }

  @Test func aRunWhoseEndCannotBeRecordedHasNotSucceeded() async throws {
    let flow = try ScriptedFlow(answers: [ScriptedFlow.done], refusing: .runFinished, tool: echo)
    defer { flow.lanes.shutDown() }
    let outcome = await flow.ask()
    #expect(outcome.status == .failed && outcome.failure?.code == .internal)
  }

  @Test func aProviderThatFailsEndsTheRunWithItsReason() async throws {
    let flow = try ScriptedFlow(answers: [], tool: echo)
    defer { flow.lanes.shutDown() }
    let outcome = await flow.ask()
    #expect(outcome.status == .failed)
    #expect(outcome.failure?.code == .rateLimited)
    #expect(try await flow.kinds().last == .runFailed)
  }

  @Test func anAnswerOffTheProvidersSchemaEndsTheRun() async throws {
    let flow = try ScriptedFlow(answers: [#"{"text":"hello"}"#], tool: echo)
    defer { flow.lanes.shutDown() }
    #expect(await flow.ask().failure?.code == .invalidResult)
  }

  @Test func anUnknownFlowAndAFlowOfAnotherTenantAreTheSame() async throws {
    let flow = try ScriptedFlow(answers: [ScriptedFlow.done], tool: echo)
    defer { flow.lanes.shutDown() }
    func ask(_ name: String, _ tenant: String) async -> InvocationFailure? {
      await flow.runner.run(
        FlowRequest(
          flow: name, input: "", principal: Principal(tenant: TenantID(tenant)!), run: ScriptedFlow.run)
      ).failure
    }
    let missing = await ask("nothing", "acme")
    let foreign = await ask("flow", "globex")
    #expect(missing?.code == .toolNotFound)
    #expect(foreign?.code == missing?.code)
    #expect(foreign?.message == missing?.message.replacing("nothing", with: "flow"))
  }
}
