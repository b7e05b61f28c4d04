import FlowEngine
import Invocation
import Manifests
import Storage
import TestSupport
import Testing
import ToolContracts

/// Questions that nobody answers, in a host that stays: time passes only where the test lets it.
@Suite(.leavesNothingBehind) struct ExpiryTests {
  private static let run = RunID(milliseconds: 7, randomness: 7)
  /// Both questions are a person's for five seconds.
  private static let yaml = """
    stages:
      sign: {approval: {expires: 5s}, input: {n: 1}, on_failure: continue}
      put: {tool: script.put, needs: [sign], input: {n: 3}, on_failure: continue}
      write: {tool: script.write, needs: [put], input: {n: 1}}
    agents: {a: {model: {provider: script, name: a}}}
    """

  /// One thread's world, in which nothing goes wrong.
  private final class Life: @unchecked Sendable {
    // @unchecked: only the thread that steps the lanes comes here.
    let time = SimulatedTime()
    let lanes: SteppedLanes
    let world: SimulatedWorld
    let flow: FlowDefinition
    private(set) var hosts: [SimulatedHost] = []

    init(_ yaml: String) throws {
      lanes = SteppedLanes(time: time)
      world = SimulatedWorld(seed: 1, lanes: lanes, time: time)
      world.isCalm = true
      flow = try FlowDefinition.manifest(yaml)
    }

    func newHost() -> SimulatedHost {
      let host = SimulatedHost(world, flow)
      hosts.append(host)
      return host
    }

    func start(_ body: @escaping @Sendable () async -> Void) {
      Task(executorPreference: lanes.pool) { await body() }
    }

    /// Until nothing is left to wait for, or it is `moment`.
    func drive(until moment: Int64 = .max) {
      for _ in 0..<100_000 {
        if lanes.step({ _ in 0 }) { continue }
        for host in hosts where !host.queue.isEmpty { host.write() }
        guard let next = lanes.nextMoment, next.nanoseconds <= moment else { return }
        time.pass(until: next)
        lanes.meetDeadlines()
      }
    }

    var kinds: [JournalEvent.Kind] { world.disk.events(of: ExpiryTests.run).map(\.kind) }
    func expiries() -> [Int64] {
      world.disk.events(of: ExpiryTests.run).filter { $0.kind == .approvalExpired }.map {
        $0.time - 1_700_000_000_000_000_000
      }
    }
  }

  private func live(_ body: @escaping @Sendable (Life) -> Void) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      onNewThread {
        continuation.resume(with: Result { body(try Life(Self.yaml)) })
      }
    }
  }

  @Test func whatNobodyAnswersExpiresAtItsTimeAndIsNotDone() async throws {
    try await live { life in
      let host = life.newHost()
      host.runner.expireQuestions()
      life.start { _ = await host.run(life.flow.name, as: Self.run) }
      life.drive(until: 4_900_000_000)
      #expect(life.kinds.last == .approvalRequested)
      life.drive()
      // The second question was put once the first had expired.
      let moments = life.expiries()
      #expect(moments.count == 2 && life.kinds.last == .runFinished)
      #expect(moments.first.map { (5_000_000_000...5_010_000_000).contains($0) } == true, "\(moments)")
      #expect(moments.last.map { (10_000_000_000...10_020_000_000).contains($0) } == true, "\(moments)")
      // What goes on without an answer is what the flow says does.
      #expect(life.world.effects.values.flatMap { $0 }.map(\.tool) == ["write"])
      #expect(RunInvariants(life.world.disk.events(of: Self.run), limits: life.flow.limits).violations == [])
    }
  }

  @Test func aHostThatDoesNotStayLeavesItToTheNext() async throws {
    try await live { life in
      let first = life.newHost()
      life.start { _ = await first.run(life.flow.name, as: Self.run) }
      life.drive()
      #expect(life.kinds.last == .approvalRequested)
      // Begun before the question has expired, the next host waits for that.
      let next = life.newHost()
      next.runner.expireQuestions()
      life.start { _ = await next.runner.recover(SimulatedHost.tenant) { false } }
      life.drive(until: 4_900_000_000)
      #expect(life.expiries() == [])
      life.drive()
      #expect(life.expiries().count == 2 && life.kinds.last == .runFinished)
    }
  }

  @Test func aHostThatLooksFindsWhatOtherProcessesAsk() async throws {
    try await live { life in
      let staying = life.newHost()
      staying.runner.expireQuestions()
      life.start { await staying.runner.expireQuestions(in: SimulatedHost.tenant) }
      life.drive()
      let passing = life.newHost()
      life.start { _ = await passing.run(life.flow.name, as: Self.run) }
      life.drive()
      #expect(life.kinds.last == .approvalRequested && life.expiries() == [])
      // Looked for twice, it is waited for once.
      for _ in 1...2 {
        life.start { await staying.runner.expireQuestions(in: SimulatedHost.tenant) }
        life.drive(until: 1_000_000_000)
      }
      #expect(life.expiries() == [])
      life.drive()
      #expect(life.expiries().count == 2 && life.kinds.last == .runFinished)
    }
  }

  @Test func aHostThatIsNotGivenTheRunTriesAgain() async throws {
    try await live { life in
      let host = life.newHost()
      host.runner.expireQuestions()
      life.start { _ = await host.run(life.flow.name, as: Self.run) }
      life.drive(until: 1_000_000_000)
      // Somebody looks at it when its time is up.
      let lease = life.world.leases.claim(Self.run, takingOver: false)
      life.drive(until: 5_500_000_000)
      #expect(life.expiries() == [])
      lease?.release()
      life.drive()
      #expect(life.expiries().count == 2 && life.kinds.last == .runFinished)
    }
  }

  @Test func whatWasAnsweredDoesNotExpire() async throws {
    try await live { life in
      let host = life.newHost()
      host.runner.expireQuestions()
      life.start {
        _ = await host.run(life.flow.name, as: Self.run)
        let pending = try? await host.runner.pendingApprovals(of: Self.run, tenant: SimulatedHost.tenant)
        try? await host.runner.decide(
          Self.run, step: pending?.first?.step ?? 0, .approve(), by: "ada", of: SimulatedHost.tenant)
      }
      life.drive()
      #expect(life.expiries() == [] && life.kinds.last == .approvalDecided)
    }
  }

  @Test func aHostThatEndsBeginsNothingMore() async throws {
    try await live { life in
      let host = life.newHost()
      host.runner.expireQuestions()
      life.start { _ = await host.run(life.flow.name, as: Self.run) }
      life.drive(until: 1_000_000_000)
      host.runner.stopExpiring()
      life.drive()
      #expect(life.expiries() == [] && life.kinds.last == .approvalRequested)
    }
  }
}
