import JSONCodec
import Locking
import ModelContracts
import Storage
import TestSupport
import Testing
import ToolContracts

@testable import Invocation

/// The same question, asked several times at once.
@Suite(.leavesNothingBehind, .timeLimit(.minutes(5)))
struct AnswerFlightTests {
  /// A model that answers when it is told to.
  private final class Model: Sendable {
    let calls = Lock<[CallHandle]>([])
    let time = ManualTime()
    let fixture: ModelFixture

    init(answers: any AnswerStore = MemoryAnswerStore()) {
      let calls = calls
      fixture = ModelFixture(
        .none, answers: answers, limits: LimitPolicy(timeoutNanoseconds: 3_600_000_000_000), time: time
      ) {
        _, call, _ in
        calls.withLock { $0.append(call) }
        return .pending
      }
    }

    func ask(
      _ cancellation: Cancellation? = nil, timeout: Int64? = nil, joins: Bool = true
    ) -> Task<CallOutcome, Never> {
      let request = CallRequest(
        tool: ToolName("fixture.chat")!,
        arguments: Array(#"{"model":"m","messages":[],"tools":[],"toolChoice":"auto"}"#.utf8),
        principal: Principal(tenant: ModelFixture.acme), call: CallID(run: ModelFixture.run, step: 1),
        timeoutNanoseconds: timeout, cancellation: cancellation,
        caching: AnswerCaching(lifetimeNanoseconds: .max, joins: joins))
      return Task { await fixture.pipeline.call(request) }
    }

    /// The leader's call, once `count` others wait for it.
    func leader(of count: Int, asked: Int = 1) async -> CallHandle {
      while calls.withLock({ $0.count }) < asked || fixture.pipeline.flights.waiterCount < count {
        await Task.yield()
      }
      return calls.withLock { $0[asked - 1] }
    }

    var asked: Int { calls.withLock { $0.count } }
    func answer(_ call: CallHandle, _ json: String) { _ = fixture.lanes.complete(call, json) }
    func fail(_ call: CallHandle) {
      [UInt8]().withUnsafeBytes { _ = fixture.lanes.complete(call, status: .io, payload: $0) }
    }
  }

  private func text(_ task: Task<CallOutcome, Never>) async throws -> String? {
    try JSONDocument(parsing: await task.value.get().json).root["text"]?.string
  }

  @Test func oneAsksAndAllAreAnswered() async throws {
    let model = Model()
    defer { model.fixture.lanes.shutDown() }
    let tasks = (1...8).map { _ in model.ask() }
    model.answer(await model.leader(of: 7), answer("fine"))
    for task in tasks { #expect(try await text(task) == "fine") }
    #expect(model.asked == 1)
    #expect(try await model.fixture.events().count { $0["cache"]?.string == "hit" } == 7)
  }

  @Test func allAreAnsweredAlsoWhereNothingCanBeKept() async throws {
    let model = Model(answers: BrokenAnswers())
    defer { model.fixture.lanes.shutDown() }
    let tasks = (1...3).map { _ in model.ask() }
    model.answer(await model.leader(of: 2), answer("fine"))
    for task in tasks { #expect(try await text(task) == "fine") }
    #expect(model.asked == 1)
  }

  @Test func theNextOneAsksWhereTheFirstFailed() async throws {
    let model = Model()
    defer { model.fixture.lanes.shutDown() }
    let tasks = (1...3).map { _ in model.ask() }
    model.fail(await model.leader(of: 2))
    model.answer(await model.leader(of: 1, asked: 2), answer("fine"))
    var failures = 0
    for task in tasks {
      if await task.value.failure != nil { failures += 1 } else { #expect(try await text(task) == "fine") }
    }
    #expect(failures == 1 && model.asked == 2)
  }

  @Test func theNextOneAsksWhereTheFirstIsCancelled() async throws {
    let model = Model()
    defer { model.fixture.lanes.shutDown() }
    let cancellation = Cancellation()
    let first = model.ask(cancellation)
    let call = await model.leader(of: 0)
    let second = model.ask()
    _ = await model.leader(of: 1)
    cancellation.cancel()
    #expect(await first.value.failure?.code == .cancelled)
    model.answer(await model.leader(of: 0, asked: 2), answer("fine"))
    #expect(try await text(second) == "fine")
    model.fail(call)
  }

  @Test func whoWaitsDoesSoForAsLongAsItsOwnDeadline() async throws {
    let model = Model()
    defer { model.fixture.lanes.shutDown() }
    let first = model.ask()
    _ = await model.leader(of: 0)
    let second = model.ask(timeout: 1_000_000_000)
    let call = await model.leader(of: 1)
    // Whether its timer is set by then or not, it is due.
    model.time.advance(milliseconds: 1001)
    #expect(await second.value.failure?.code == .timedOut)
    model.answer(call, answer("fine"))
    #expect(try await text(first) == "fine")
    #expect(model.asked == 1)
  }

  @Test func whoWaitsCanBeCancelled() async throws {
    let model = Model()
    defer { model.fixture.lanes.shutDown() }
    let cancellation = Cancellation()
    let first = model.ask()
    _ = await model.leader(of: 0)
    let second = model.ask(cancellation)
    let call = await model.leader(of: 1)
    cancellation.cancel()
    #expect(await second.value.failure?.code == .cancelled)
    model.answer(call, answer("fine"))
    #expect(try await text(first) == "fine")
  }

  @Test func whereTheAnswerIsNoneForOthersEachAsksForItself() async throws {
    let model = Model()
    defer { model.fixture.lanes.shutDown() }
    let tasks = (1...3).map { _ in model.ask() }
    let cut =
      #"{"text":"cut","toolCalls":[],"finishReason":"length","usage":{"inputTokens":1,"outputTokens":1}}"#
    model.answer(await model.leader(of: 2), cut)
    // Both at once: nobody waits any more.
    let (second, third) = (await model.leader(of: 0, asked: 2), await model.leader(of: 0, asked: 3))
    model.answer(second, cut)
    model.answer(third, cut)
    for task in tasks { #expect(try await text(task) == "cut") }
    #expect(model.asked == 3)
  }

  @Test func whoDoesNotJoinAsksAtOnce() async throws {
    let model = Model()
    defer { model.fixture.lanes.shutDown() }
    let first = model.ask()
    let call = await model.leader(of: 0)
    let second = model.ask(joins: false)
    let other = await model.leader(of: 0, asked: 2)
    model.answer(other, answer("faster"))
    #expect(try await text(second) == "faster")
    model.answer(call, answer("slower"))
    #expect(try await text(first) == "slower")
  }
}
