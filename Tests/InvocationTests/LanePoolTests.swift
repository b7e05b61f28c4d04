import Glibc
import Invocation
import Locking
import TestSupport
import Testing
import ToolContracts

@Suite(.leavesNothingBehind) struct LanePoolTests {
  /// Passes where a test says so: a call that has begun is one that its deadline can cut.
  let time = ManualTime()
  let pool: LanePool

  init() { pool = LanePool(laneCount: 2, time: time) }

  private func makeCall(
    _ backend: ClosureBackend, arguments: [UInt8] = [], milliseconds: Int64 = 60_000,
    deadline: Deadline? = nil, mayPend: Bool = false, maxResultBytes: Int = 1024
  ) -> LaneCall {
    LaneCall(
      backend: backend, function: 3, mayPend: mayPend, arguments: arguments,
      deadline: deadline ?? time.now().advanced(by: milliseconds * 1_000_000),
      maxResultBytes: maxResultBytes,
      info: CallInfo(
        tenant: TenantID("acme")!, call: CallID(run: RunID(milliseconds: 1, randomness: 2), step: 3),
        attempt: 1))
  }

  private func complete(_ call: CallHandle, _ text: String) -> CallStatus {
    Array(text.utf8).withUnsafeBytes { pool.complete(call, status: .ok, payload: $0) }
  }

  @Test func aFunctionGetsItsArgumentsAndItsPayloadComesBack() async {
    defer { pool.shutDown() }
    let backend = ClosureBackend { [pool] call, function, arguments in
      let reversed = Array(arguments.reversed()) + [UInt8(function)]
      return reversed.withUnsafeBytes { pool.complete(call, status: .ok, payload: $0) }
    }
    let answer = await pool.call(makeCall(backend, arguments: [1, 2, 3]))
    #expect(answer == .returned(.ok, [3, 2, 1, 3]))
    #expect(pool.counts.callsInUse == 0)
  }

  @Test func aCallFromATaskOnTheLanesStaysOnItsThread() async {
    defer { pool.shutDown() }
    let threads = Lock<[pthread_t]>([])
    let backend = ClosureBackend { _, _, _ in
      threads.withLock { $0.append(pthread_self()) }
      return .ok
    }
    await Task(executorPreference: pool) {
      let call = makeCall(backend)
      threads.withLock { $0.append(pthread_self()) }
      _ = await pool.call(call)
      threads.withLock { $0.append(pthread_self()) }
    }.value
    #expect(Set(threads.withLock { $0 }).count == 1)
  }

  @Test func aFunctionMayWaitForATaskOfItsOwnLanes() async {
    let single = LanePool(laneCount: 1, time: time)
    defer {
      single.shutDown()
      pool.shutDown()
    }
    let done = Condition(false)
    let backend = ClosureBackend { _, _, _ in
      Task(executorPreference: single) {
        done.withLock { $0 = true }
        done.broadcast()
      }
      return done.wait(nanoseconds: 20_000_000_000) { $0 ? () : nil } == nil ? .deadline : .ok
    }
    let answer = await Task(executorPreference: single) { await single.call(makeCall(backend)) }.value
    #expect(answer == .returned(.ok, []))
  }

  @Test func aFunctionThatBlocksPastItsDeadlineDoesNotKeepItsCallerWaiting() async {
    let gate = Gate()
    let backend = ClosureBackend { [time] _, _, _ in
      time.advance(milliseconds: 10)
      gate.wait()
      return .ok
    }
    let answer = await pool.call(makeCall(backend, milliseconds: 5))
    #expect(answer == .timedOut)
    #expect(pool.counts.lost == 1)
    // The lane that is kept was replaced: both lanes' worth of work goes on.
    #expect(pool.counts.lanes == 2)
    let quick = ClosureBackend { _, _, _ in .ok }
    #expect(await pool.call(makeCall(quick)) == .returned(.ok, []))
    gate.open()
    pool.shutDown()
    waitUntil { pool.counts.lost == 0 && pool.counts.callsInUse == 0 }
    #expect(pool.counts.lateResults == 1)
  }

  @Test func aPluginMayComeBackAfterEverybodyElseHasLeft() async {
    let gate = Gate()
    weak var left: LanePool?
    do {
      let shortLived = LanePool(laneCount: 1, time: time)
      left = shortLived
      let backend = ClosureBackend { [time] _, _, _ in
        time.advance(milliseconds: 10)
        gate.wait()
        return .ok
      }
      #expect(await shortLived.call(makeCall(backend, milliseconds: 5)) == .timedOut)
      shortLived.shutDown()
    }
    pool.shutDown()
    gate.open()
    // The lane's thread was the last that needed it.
    waitUntil { left == nil }
  }

  @Test func aResultAfterTheDeadlineIsDroppedAndItsHandleMeansNothingLater() async {
    let gate = Gate()
    let late = Lock<[CallStatus]>([])
    let backend = ClosureBackend { [pool, time] call, _, _ in
      time.advance(milliseconds: 10)
      gate.wait()
      late.withLock {
        $0.append(pool.complete(call, status: .ok, payload: UnsafeRawBufferPointer(start: nil, count: 0)))
      }
      return .ok
    }
    #expect(await pool.call(makeCall(backend, milliseconds: 5)) == .timedOut)
    gate.open()
    waitUntil { pool.counts.callsInUse == 0 }
    #expect(late.withLock { $0 } == [.state])
    pool.shutDown()
  }

  @Test func manyCallsThatRaceTheirDeadlinesAreEachAnsweredOnce() async {
    pool.shutDown()
    let (time, pool) = (SystemTime(), LanePool(laneCount: 2))
    let answered = Lock(0)
    let backend = ClosureBackend { _, _, arguments in
      var delay = timespec(tv_sec: 0, tv_nsec: Int(arguments[0]) * 20_000)
      nanosleep(&delay, nil)  // the plugin's own doing: it is slow
      return .ok
    }
    await withTaskGroup(of: Void.self) { group in
      for index in 0..<400 {
        let call = makeCall(
          backend, arguments: [UInt8(index % 250)], deadline: time.now().advanced(by: 2_000_000))
        group.addTask {
          let answer = await pool.call(call)
          #expect(answer == .timedOut || answer == .returned(.ok, []))
          answered.withLock { $0 += 1 }
        }
      }
    }
    #expect(answered.withLock { $0 } == 400)
    waitUntil { pool.counts.callsInUse == 0 && pool.counts.lost == 0 }
    pool.shutDown()
  }

  @Test func moreBlockingCallsThanLanesRunAtTheSameTime() async {
    defer { pool.shutDown() }
    let inside = Condition(0)
    let backend = ClosureBackend { _, _, _ in
      inside.withLock { $0 += 1 }
      inside.broadcast()
      inside.wait { count -> Void? in count >= 6 ? () : nil }
      return .ok
    }
    let call = makeCall(backend)
    await withTaskGroup(of: CallReturn.self) { group in
      for _ in 0..<6 { group.addTask { await pool.call(call) } }
      for await answer in group { #expect(answer == .returned(.ok, [])) }
    }
  }

  @Test func aPendingCallCompletesFromAnotherThreadOnce() async {
    defer { pool.shutDown() }
    let second = Lock<CallStatus?>(nil)
    let backend = ClosureBackend { [pool] call, _, _ in
      onNewThread {
        _ = complete(call, "[1]")
        let again = pool.complete(call, status: .ok, payload: UnsafeRawBufferPointer(start: nil, count: 0))
        second.withLock { $0 = again }
      }
      return .pending
    }
    #expect(await pool.call(makeCall(backend, mayPend: true)) == .returned(.ok, Array("[1]".utf8)))
    waitUntil { second.withLock { $0 } != nil }
    #expect(second.withLock { $0 } == .state)
    waitUntil { pool.counts.callsInUse == 0 }
  }

  @Test func aPendingCallThatNeverCompletesIsCutAtItsDeadlineAndCancelled() async {
    defer { pool.shutDown() }
    let backend = ClosureBackend { [time] _, _, _ in
      time.advance(milliseconds: 10)
      return .pending
    }
    #expect(await pool.call(makeCall(backend, milliseconds: 5, mayPend: true)) == .timedOut)
    waitUntil { backend.cancelled.count == 1 && pool.counts.lost == 0 }
    // What it still owes is remembered, and accepted without effect.
    #expect(complete(backend.cancelled[0], "[]") == .state)
    waitUntil { pool.counts.callsInUse == 0 }
  }

  @Test func pendingWithoutHavingSaidSoIsADefect() async {
    defer { pool.shutDown() }
    let backend = ClosureBackend { _, _, _ in .pending }
    #expect(await pool.call(makeCall(backend)) == .returned(.internal, []))
    #expect(pool.counts.callsInUse == 0)
  }

  @Test func cancellingAnswersTheCallerAndTellsThePlugin() async {
    let gate = Gate()
    let entered = Gate()
    let backend = ClosureBackend { _, _, _ in
      entered.open()
      gate.wait()
      return .ok
    }
    let cancellation = Cancellation()
    let call = makeCall(backend)
    async let answer = pool.call(call, cancellation: cancellation)
    onNewThread {
      entered.wait()
      cancellation.cancel()
    }
    #expect(await answer == .cancelled)
    waitUntil { backend.cancelled.count == 1 }
    gate.open()
    waitUntil { pool.counts.callsInUse == 0 }
    pool.shutDown()
  }

  @Test func aCallThatIsCancelledBeforeItBeginsNeverReachesThePlugin() async {
    defer { pool.shutDown() }
    let entries = Lock(0)
    let backend = ClosureBackend { _, _, _ in
      entries.withLock { $0 += 1 }
      return .ok
    }
    let cancellation = Cancellation()
    cancellation.cancel()
    let call = makeCall(backend)
    await Task(executorPreference: pool) {
      #expect(await pool.call(call, cancellation: cancellation) == .cancelled)
      #expect(await pool.call(call) == .returned(.ok, []))
    }.value
    waitUntil { pool.counts.callsInUse == 0 }
    #expect(entries.withLock { $0 } == 1)
  }

  @Test func aPayloadOverTheLimitIsNotCopied() async {
    defer { pool.shutDown() }
    let backend = ClosureBackend { call, _, _ in complete(call, String(repeating: "x", count: 33)) }
    #expect(await pool.call(makeCall(backend, maxResultBytes: 32)) == .tooLarge(byteCount: 33))
  }

  @Test func anEndedCallIsUnknownToEveryFunctionOfTheHost() async {
    defer { pool.shutDown() }
    let seen = Lock<CallHandle?>(nil)
    let backend = ClosureBackend { [pool] call, _, _ in
      seen.withLock { $0 = call }
      #expect(pool.remainingNanoseconds(call) > 0)
      #expect(pool.info(call)?.tenant.description == "acme")
      let memory = pool.attachment(call, byteCount: 8) { $0.storeBytes(of: 7, as: Int.self) }
      #expect(pool.attachment(call, byteCount: 8) { _ in Issue.record("filled twice") } == memory)
      return .ok
    }
    _ = await pool.call(makeCall(backend))
    let call = seen.withLock { $0 }!
    #expect(pool.remainingNanoseconds(call) == 0)
    #expect(pool.info(call) == nil)
    #expect(pool.attachment(call, byteCount: 8) { _ in } == nil)
    #expect(pool.emit(call, event: 1, data: UnsafeRawBufferPointer(start: nil, count: 0)) == .state)
    #expect(
      pool.complete(CallHandle(rawValue: .max), status: .ok, payload: .init(start: nil, count: 0)) == .state)
  }
}
