import Admission
import Invocation
import Locking
import TestSupport
import Testing
import ToolContracts

/// A person who answers when the test says so.
private final class SlowPerson: InquiryPort {
  private let replies = Condition<[@Sendable ([InquiryAnswer]) -> Void]>([])

  func ask(
    _ inquiries: [Inquiry], until over: Cancellation, reply: @escaping @Sendable ([InquiryAnswer]) -> Void
  ) -> CallStatus {
    replies.withLock { $0.append(reply) }
    replies.broadcast()
    _ = over.addHandler { [takenBack] in
      takenBack.withLock { $0 += 1 }
      takenBack.broadcast()
    }
    return .ok
  }

  /// How many questions nobody wants an answer to any more.
  let takenBack = Condition(0)

  func answer(_ answer: InquiryAnswer) { replies.wait { $0.first }([answer]) }
}

/// What a call's time does while a person thinks.
@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind) struct QuestionTests {
  private let time = ManualTime()

  private func makeCall(
    _ backend: ClosureBackend, _ person: (any InquiryPort)?, at gate: AdmissionGate? = nil, lends: Bool = true
  ) -> LaneCall {
    LaneCall(
      backend: backend, function: 0, mayPend: true, arguments: [],
      deadline: time.now().advanced(by: 1_000_000_000), maxResultBytes: 64,
      info: CallInfo(
        tenant: TenantID("acme")!, call: CallID(run: RunID(milliseconds: 1, randomness: 2), step: 1),
        attempt: 1), asker: person, gate: gate, lendsItsPlace: lends)
  }

  @Test func othersRunWhileAPersonThinksAndTheAnswerWaitsForAPlace() async {
    let pool = LanePool(laneCount: 2, time: time)
    defer { pool.shutDown() }
    let (person, gate) = (SlowPerson(), AdmissionGate(LimitPolicy(concurrency: 1)))
    let replies = Lock(0)
    #expect(gate.enter(at: time.now()) == .admitted)
    let asks = ClosureBackend { call, _, _ in
      let status = pool.ask(call, [.roots]) { _ in
        replies.withLock { $0 += 1 }
        _ = pool.complete(call, status: .ok, payload: UnsafeRawBufferPointer(start: nil, count: 0))
      }
      #expect(status == .ok)
      // Somebody else has the place now, and a person answers meanwhile.
      #expect(gate.enter(at: time.now()) == .admitted)
      person.answer(.declined)
      #expect(replies.withLock { $0 } == 0)
      gate.leave()
      return .pending
    }
    #expect(await pool.call(makeCall(asks, person, at: gate)) == .returned(.ok, []))
    #expect(replies.withLock { $0 } == 1)
    // The caller may go on before its call's thread has given the place back.
    waitUntil { gate.running == 0 }
  }

  @Test func aPluginThatTakesOneCallAtATimeKeepsItsPlaceWhileItAsks() async {
    let pool = LanePool(laneCount: 1, time: time)
    defer { pool.shutDown() }
    let (time, person, gate) = (time, SlowPerson(), AdmissionGate(LimitPolicy(concurrency: 1)))
    #expect(gate.enter(at: time.now()) == .admitted)
    let asks = ClosureBackend { call, _, _ in
      _ = pool.ask(call, [.roots]) { _ in }
      #expect(gate.enter(at: time.now()) == .full)
      person.answer(.declined)
      return .ok
    }
    #expect(await pool.call(makeCall(asks, person, at: gate, lends: false)) == .returned(.ok, []))
    #expect(gate.running == 0)
  }

  @Test func aCallThatEndsWhileAPersonThinksLeavesNoPlaceTwice() async {
    let pool = LanePool(laneCount: 1, time: time)
    defer { pool.shutDown() }
    let (time, person, gate) = (time, SlowPerson(), AdmissionGate(LimitPolicy(concurrency: 2)))
    for isOverdue in [false, true] {
      #expect(gate.enter(at: time.now()) == .admitted)
      #expect(gate.enter(at: time.now()) == .admitted)
      let asks = ClosureBackend { call, _, _ in
        _ = pool.ask(call, [.roots]) { _ in }
        #expect(gate.running == 1)
        if isOverdue { time.advance(milliseconds: LanePool.patienceWithPeople / 1_000_000 + 1) }
        return isOverdue ? .pending : .ok
      }
      let answer = await pool.call(makeCall(asks, person, at: gate))
      #expect(answer == (isOverdue ? .timedOut : .returned(.ok, [])))
      gate.leave()
      // The plugin of the call that timed out may still be at it.
      #expect(gate.running == (isOverdue ? 1 : 0))
    }
  }

  @Test func aPersonsTimeIsNotTheToolsAndWhatWasLeftIsLeft() async {
    let pool = LanePool(laneCount: 1, time: time)
    defer { pool.shutDown() }
    let (time, person) = (time, SlowPerson())
    let left = Lock<[Int64]>([])
    let backend = ClosureBackend { call, _, _ in
      time.advance(milliseconds: 400)
      let status = pool.ask(call, [.roots]) { _ in
        left.withLock { $0.append(pool.remainingNanoseconds(call)) }
        _ = pool.complete(call, status: .ok, payload: UnsafeRawBufferPointer(start: nil, count: 0))
      }
      #expect(status == .ok)
      // A minute of the person's, sixty times the tool's own.
      time.advance(milliseconds: 60_000)
      left.withLock { $0.append(pool.remainingNanoseconds(call)) }
      onNewThread { person.answer(.declined) }
      return .pending
    }
    #expect(await pool.call(makeCall(backend, person)) == .returned(.ok, []))
    #expect(left.withLock { $0 } == [LanePool.patienceWithPeople - 60_000_000_000, 600_000_000])
  }

  @Test func afterTheAnswerTheDeadlineHoldsAgain() async {
    let pool = LanePool(laneCount: 1, time: time)
    defer { pool.shutDown() }
    let (time, person) = (time, SlowPerson())
    let backend = ClosureBackend { call, _, _ in
      _ = pool.ask(call, [.roots]) { _ in time.advance(milliseconds: 2000) }
      onNewThread { person.answer(.declined) }
      return .pending
    }
    #expect(await pool.call(makeCall(backend, person)) == .timedOut)
  }

  @Test func nobodyIsWaitedForForEver() async {
    let pool = LanePool(laneCount: 1, time: time)
    defer { pool.shutDown() }
    let time = time
    let backend = ClosureBackend { call, _, _ in
      _ = pool.ask(call, [.roots]) { _ in }
      time.advance(milliseconds: LanePool.patienceWithPeople / 1_000_000 + 1)
      return .pending
    }
    #expect(await pool.call(makeCall(backend, SlowPerson())) == .timedOut)
  }

  @Test func theEndOfACallTakesItsQuestionBack() async {
    let pool = LanePool(laneCount: 1, time: time)
    defer { pool.shutDown() }
    let (time, person) = (time, SlowPerson())
    let overdue = ClosureBackend { call, _, _ in
      _ = pool.ask(call, [.roots]) { _ in }
      time.advance(milliseconds: LanePool.patienceWithPeople / 1_000_000 + 1)
      return .pending
    }
    #expect(await pool.call(makeCall(overdue, person)) == .timedOut)
    #expect(person.takenBack.withLock { $0 } == 1)
    let complete = ClosureBackend { call, _, _ in
      _ = pool.ask(call, [.roots]) { _ in }
      return .ok
    }
    #expect(await pool.call(makeCall(complete, person)) == .returned(.ok, []))
    #expect(person.takenBack.withLock { $0 } == 2)
  }

  @Test func aQuestionThatIsTakenBackLetsTheCallsTimeGoOn() async {
    let pool = LanePool(laneCount: 1, time: time)
    defer { pool.shutDown() }
    let (time, person, over) = (time, SlowPerson(), Cancellation())
    let left = Lock<Int64>(0)
    let backend = ClosureBackend { call, _, _ in
      _ = pool.ask(call, [.roots], until: over) { _ in }
      time.advance(milliseconds: 60_000)
      over.cancel()
      person.answer(.declined)
      left.withLock { $0 = pool.remainingNanoseconds(call) }
      return .ok
    }
    #expect(await pool.call(makeCall(backend, person)) == .returned(.ok, []))
    #expect(left.withLock { $0 } == 1_000_000_000)
  }

  @Test func aCallThatWaitsForAnothersPersonKeepsItsTime() async {
    let pool = LanePool(laneCount: 1, time: time)
    defer { pool.shutDown() }
    let (time, over) = (time, Cancellation())
    let left = Lock<Int64>(0)
    let backend = ClosureBackend { call, _, _ in
      pool.holdTime(of: call, until: over)
      time.advance(milliseconds: 60_000)
      over.cancel()
      time.advance(milliseconds: 300)
      left.withLock { $0 = pool.remainingNanoseconds(call) }
      return .ok
    }
    #expect(await pool.call(makeCall(backend, nil)) == .returned(.ok, []))
    #expect(left.withLock { $0 } == 700_000_000)
  }

  @Test func withoutAnybodyToAskTheToolIsTold() async {
    let pool = LanePool(laneCount: 1, time: time)
    defer { pool.shutDown() }
    let backend = ClosureBackend { call, _, _ in
      #expect(!pool.hasAsker(call))
      return pool.ask(call, [.roots]) { _ in }
    }
    #expect(await pool.call(makeCall(backend, nil)) == .returned(.unsupported, []))
  }
}
