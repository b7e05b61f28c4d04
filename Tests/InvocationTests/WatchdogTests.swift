import Locking
import TestSupport
import Testing
import ToolContracts

@testable import Invocation

/// The thread that holds calls to their deadlines rests while there is nothing to see.
@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind) struct WatchdogTests {
  private let time = SystemTime()

  private func makeCall(_ backend: ClosureBackend, milliseconds: Int64) -> LaneCall {
    LaneCall(
      backend: backend, function: 0, mayPend: true, arguments: [],
      deadline: time.now().advanced(by: milliseconds * 1_000_000), maxResultBytes: 1024,
      info: CallInfo(
        tenant: TenantID("acme")!, call: CallID(run: RunID(milliseconds: 1, randomness: 2), step: 3),
        attempt: 1))
  }

  private func sleepingPool() -> LanePool {
    let pool = LanePool(laneCount: 1, time: time)
    waitUntil { pool.watchdog.isAsleep }
    return pool
  }

  @Test func aCallAfterASilenceIsHeldToItsDeadline() async {
    let pool = sleepingPool()
    defer { pool.shutDown() }
    let never = ClosureBackend { _, _, _ in .pending }
    #expect(await pool.call(makeCall(never, milliseconds: 20)) == .timedOut)
  }

  @Test func aDeadlineBesideALaterOneIsKept() async {
    let pool = sleepingPool()
    defer { pool.shutDown() }
    let never = ClosureBackend { _, _, _ in .pending }
    let cancellation = Cancellation()
    async let later = pool.call(makeCall(never, milliseconds: 3_600_000), cancellation: cancellation)
    #expect(await pool.call(makeCall(never, milliseconds: 20)) == .timedOut)
    cancellation.cancel()
    #expect(await later == .cancelled)
  }

  @Test func aTimerAfterASilenceIsDue() async {
    let pool = sleepingPool()
    defer { pool.shutDown() }
    #expect(await pool.wait(until: time.now().advanced(by: 5_000_000), Cancellation()))
  }

  @Test func workThatFindsEveryLaneInsideAPluginWakesIt() async {
    let pool = sleepingPool()
    defer { pool.shutDown() }
    let second = ClosureBackend { _, _, _ in .ok }
    let first = ClosureBackend { [pool, self] _, _, _ in
      // The only lane is here until another has done this.
      let isDone = Condition(false)
      Task {
        _ = await pool.call(makeCall(second, milliseconds: 3_600_000))
        isDone.withLock { $0 = true }
        isDone.broadcast()
      }
      return isDone.wait(nanoseconds: 50_000_000_000) { $0 ? true : nil } == true ? .ok : .io
    }
    #expect(await pool.call(makeCall(first, milliseconds: 3_600_000)) == .returned(.ok, []))
  }
}
