import Admission
import Locking
import Testing
import ToolContracts

@Suite struct AdmissionGateTests {
  private let now = MonotonicTime(nanoseconds: 0)

  @Test func asManyCallsRunAsMayAndOneMoreWhenOneLeaves() {
    let gate = AdmissionGate(LimitPolicy(concurrency: 2))
    #expect(gate.enter(at: now) == .admitted)
    #expect(gate.enter(at: now) == .admitted)
    #expect(gate.enter(at: now) == .full)
    gate.leave()
    #expect(gate.enter(at: now) == .admitted)
  }

  @Test func aCallThatFindsNoPlaceSpendsNoRate() {
    let rate = RateLimit(limit: 2, periodNanoseconds: 1_000_000_000, burst: 2)
    let gate = AdmissionGate(LimitPolicy(rate: rate, concurrency: 1))
    #expect(gate.enter(at: now) == .admitted)
    #expect(gate.enter(at: now) == .full)
    gate.leave()
    #expect(gate.enter(at: now) == .admitted)
  }

  @Test func aRefusedRateTakesNoPlace() {
    let rate = RateLimit(limit: 1, periodNanoseconds: 1_000_000_000, burst: 1)
    let gate = AdmissionGate(LimitPolicy(rate: rate, concurrency: 1))
    #expect(gate.enter(at: now) == .admitted)
    gate.leave()
    #expect(gate.enter(at: now) == .rateLimited(retryAfterNanoseconds: 1_000_000_000))
    #expect(gate.running == 0)
  }

  @Test func whoWaitsLongestGetsTheNextPlace() async {
    let gate = AdmissionGate(LimitPolicy(concurrency: 1))
    #expect(gate.enter(at: now) == .admitted)
    let first = await line(
      gate,
      then: {
        // Another call arrives, and the place is given back: it goes to the first in line, and stays taken.
        gate.leave()
        #expect(gate.enter(at: now) == .full)
      })
    #expect(first)
    #expect(gate.running == 1)
  }

  @Test func theLineKeepsItsOrder() async {
    let gate = AdmissionGate(LimitPolicy(concurrency: 1))
    #expect(gate.enter(at: now) == .admitted)
    let order = Lock<[Int]>([])
    await withTaskGroup(of: Void.self) { group in
      for number in 1...3 {
        let isInLine = Lock(false)
        group.addTask {
          #expect(await line(gate, then: { isInLine.withLock { $0 = true } }))
          order.withLock { $0.append(number) }
          gate.leave()
        }
        while !isInLine.withLock({ $0 }) { await Task.yield() }
      }
      gate.leave()
    }
    #expect(order.withLock { $0 } == [1, 2, 3])
    #expect(gate.running == 0)
  }

  @Test func whoGivesUpIsAnsweredAndForgotten() async {
    let gate = AdmissionGate(LimitPolicy(concurrency: 1))
    #expect(gate.enter(at: now) == .admitted)
    let hasPlace = await withUnsafeContinuation { (continuation: UnsafeContinuation<Bool, Never>) in
      guard case .waiting(let ticket) = gate.lineUp(continuation) else {
        return continuation.resume(returning: true)
      }
      gate.giveUp(ticket)
      gate.giveUp(ticket)
    }
    #expect(!hasPlace)
    gate.leave()
    #expect(gate.running == 0)
  }

  @Test func theLineHasAnEnd() async {
    let gate = AdmissionGate(LimitPolicy(concurrency: 1, maxWaiting: 0))
    #expect(gate.enter(at: now) == .admitted)
    let hasPlace = await withUnsafeContinuation { (continuation: UnsafeContinuation<Bool, Never>) in
      #expect(gate.lineUp(continuation) == .tooLong)
      continuation.resume(returning: false)
    }
    #expect(!hasPlace)
  }

  @Test func aReloadGivesNobodyAFreshBurst() {
    let gates = AdmissionGates()
    let tool = ToolName("calc.evaluate")!
    let tenant = TenantID("acme")!
    let rate = RateLimit(limit: 1, periodNanoseconds: 1_000_000_000, burst: 1)
    let before = gates.gate(for: tool, of: tenant, policy: LimitPolicy(rate: rate))
    #expect(before.enter(at: now) == .admitted)
    let after = gates.gate(for: tool, of: tenant, policy: LimitPolicy(timeoutNanoseconds: 1, rate: rate))
    after.adopt(LimitPolicy(timeoutNanoseconds: 1, rate: rate))
    #expect(after.enter(at: now) == .rateLimited(retryAfterNanoseconds: 1_000_000_000))
    let other = gates.gate(for: tool, of: TenantID("globex")!, policy: LimitPolicy(rate: rate))
    #expect(other.enter(at: now) == .admitted)
  }

  @Test func whoComesBackGoesBeforeThoseWhoWait() async {
    let gate = AdmissionGate(LimitPolicy(concurrency: 1))
    let order = Lock<[String]>([])
    #expect(gate.enter(at: now) == .admitted)
    // It has nothing to do for a while, and somebody else runs.
    gate.leave()
    #expect(gate.enter(at: now) == .admitted)
    let newcomer = await line(gate) {
      #expect(!gate.comeBack { order.withLock { $0.append("back") } })
      gate.leave()
      order.withLock { $0.append("left") }
      gate.leave()
    }
    #expect(newcomer)
    #expect(order.withLock { $0 } == ["back", "left"])
    #expect(gate.running == 1)
    gate.leave()
    #expect(gate.comeBack { Issue.record("it has its place already") })
    #expect(gate.running == 1)
  }

  @Test func whoOnlyPreparesNewLimitsChangesNone() {
    let gates = AdmissionGates()
    let (tool, tenant) = (ToolName("calc.evaluate")!, TenantID("acme")!)
    let gate = gates.gate(for: tool, of: tenant, policy: LimitPolicy(concurrency: 1))
    #expect(gates.gate(for: tool, of: tenant, policy: LimitPolicy(concurrency: 2)) === gate)
    #expect(gate.enter(at: now) == .admitted)
    #expect(gate.enter(at: now) == .full)
    gate.adopt(LimitPolicy(concurrency: 2))
    #expect(gate.enter(at: now) == .admitted)
  }

  private func line(_ gate: AdmissionGate, then: () -> Void) async -> Bool {
    await withUnsafeContinuation { (continuation: UnsafeContinuation<Bool, Never>) in
      guard case .waiting = gate.lineUp(continuation) else { return continuation.resume(returning: false) }
      then()
    }
  }
}
