import JSONCodec
import Locking
import ModelContracts
import Storage
import TestSupport
import Testing
import ToolContracts

@testable import Invocation

/// Answers that are given again to the same question.
@Suite(.leavesNothingBehind)
struct KeptAnswerTests {
  private static let second: Int64 = 1_000_000_000
  private let fine = answer("fine", input: 10, output: 5)

  /// Models that all answer with one JSON text, and how often they were asked.
  private final class Asked: Sendable {
    let count = Lock(0)
    var times: Int { count.withLock { $0 } }
  }

  private func fixture(
    _ json: String, _ asked: Asked = Asked(), _ policy: ModelPolicy = .none,
    answers: any AnswerStore = MemoryAnswerStore(), limits: LimitPolicy = LimitPolicy(),
    configuration: JSONValue = [:], digest: String = "sha256:2", time: any TimeSource = SystemTime()
  ) -> ModelFixture {
    ModelFixture(
      policy, answers: answers, limits: limits, configuration: configuration, digest: digest, time: time
    ) { lanes, call, _ in
      asked.count.withLock { $0 += 1 }
      return lanes.complete(call, json)
    }
  }

  private func request(
    _ text: String = "hello", model: String = "large", settings: String = "{}", more: String = "",
    tenant: TenantID = ModelFixture.acme, run: RunID = ModelFixture.run, seconds: Int64? = 3600,
    observer: (any CallObserver)? = nil, cancellation: Cancellation? = nil, timeout: Int64? = nil,
    joins: Bool = true
  ) -> CallRequest {
    CallRequest(
      tool: ToolName("fixture.chat")!,
      arguments: Array(
        """
        {"model":"\(model)","messages":[{"role":"user","content":"\(text)"}],"tools":[\(tools)],"toolChoice":"auto",\
        "settings":\(settings)\(more)}
        """.utf8), principal: Principal(tenant: tenant), call: CallID(run: run, step: 1),
      timeoutNanoseconds: timeout, cancellation: cancellation, observer: observer,
      caching: seconds.map { AnswerCaching(lifetimeNanoseconds: $0 * Self.second, joins: joins) })
  }
  private let tools = #"{"name":"add","inputSchema":{"type":"object","required":["a"]}}"#

  private func text(_ outcome: CallOutcome) throws -> String? {
    try JSONDocument(parsing: outcome.get().json).root["text"]?.string
  }

  // MARK: The same question

  @Test func theSameQuestionIsAskedOnce() async throws {
    let asked = Asked()
    let fixture = fixture(fine, asked)
    defer { fixture.lanes.shutDown() }
    #expect(try text(await fixture.pipeline.call(request())) == "fine")
    #expect(try text(await fixture.pipeline.call(request())) == "fine")
    #expect(asked.times == 1)
  }

  @Test func howTheRequestIsWrittenDoesNotMatter() async throws {
    let asked = Asked()
    let fixture = fixture(fine, asked)
    defer { fixture.lanes.shutDown() }
    _ = await fixture.pipeline.call(request(settings: #"{"a":1,"b":2.0}"#))
    _ = await fixture.pipeline.call(request(settings: #"{ "b": 2, "a": 1 }"#))
    #expect(asked.times == 1)
  }

  @Test func whatMakesAnotherQuestionIsAskedAgain() async throws {
    let asked = Asked()
    let fixture = fixture(fine, asked)
    defer { fixture.lanes.shutDown() }
    for other in [
      request(), request("hello!"), request(model: "small"), request(settings: #"{"temperature":1}"#),
      request(more: #","outputSchema":{}"#), request(tenant: ModelFixture.globex),
    ] {
      _ = await fixture.pipeline.call(other)
    }
    #expect(asked.times == 6)
  }

  @Test func anotherPluginOrConfigurationIsAskedAgain() async throws {
    let asked = Asked()
    let answers = MemoryAnswerStore()
    for (configuration, digest) in [
      (["base_url": "https://a"], "sha256:2"), (["base_url": "https://b"], "sha256:2"),
      (["base_url": "https://a"], "sha256:3"), (["base_url": "https://a"], "sha256:2"),
    ] as [(JSONValue, String)] {
      let fixture = fixture(fine, asked, answers: answers, configuration: configuration, digest: digest)
      defer { fixture.lanes.shutDown() }
      _ = await fixture.pipeline.call(request())
    }
    #expect(asked.times == 3)
  }

  @Test func nothingIsKeptWhereNobodyWantsIt() async throws {
    let asked = Asked()
    let fixture = fixture(fine, asked)
    defer { fixture.lanes.shutDown() }
    _ = await fixture.pipeline.call(request(seconds: nil))
    _ = await fixture.pipeline.call(request())
    _ = await fixture.pipeline.call(request(seconds: nil))
    #expect(asked.times == 3)
  }

  @Test func anAnswerIsForgottenWhenItsTimeIsUp() async throws {
    let asked = Asked()
    let time = ManualTime()
    let fixture = fixture(fine, asked, time: time)
    defer { fixture.lanes.shutDown() }
    _ = await fixture.pipeline.call(request(seconds: 10))
    time.advance(milliseconds: 9999)
    _ = await fixture.pipeline.call(request(seconds: 10))
    #expect(asked.times == 1)
    time.advance(milliseconds: 1)
    _ = await fixture.pipeline.call(request(seconds: 10))
    #expect(asked.times == 2)
  }

  // MARK: What is kept

  @Test(arguments: [
    #"{"text":"cut","toolCalls":[],"finishReason":"length","usage":{"inputTokens":1,"outputTokens":1}}"#,
    #"{"text":"no","toolCalls":[],"finishReason":"refusal","usage":{"inputTokens":1,"outputTokens":1}}"#,
    #"{"text":"","toolCalls":[],"finishReason":"content_filter","usage":{"inputTokens":1,"outputTokens":1}}"#,
    #"{"text":"","toolCalls":[],"finishReason":"stop","usage":{"inputTokens":1,"outputTokens":1}}"#,
    call("add", #"{\"b\":1}"#), call("add", #"{\"a\":"#), call("add", ""), call("other", #"{\"a\":1}"#),
    #"{"text":1}"#,
  ])
  func whatIsNoWholeAnswerIsNotKept(json: String) async throws {
    let asked = Asked()
    let fixture = fixture(json, asked)
    defer { fixture.lanes.shutDown() }
    _ = await fixture.pipeline.call(request())
    _ = await fixture.pipeline.call(request())
    #expect(asked.times == 2)
  }

  @Test func aSoundCallOfAToolIsKept() async throws {
    let asked = Asked()
    let fixture = fixture(call("add", #"{\"a\":1}"#), asked)
    defer { fixture.lanes.shutDown() }
    let first = await fixture.pipeline.call(request())
    #expect(try await fixture.pipeline.call(request()).get().json == first.get().json)
    #expect(asked.times == 1)
  }

  @Test func anAnswerWithoutTheFormThatWasAskedForIsNotKept() async throws {
    let asked = Asked()
    let fixture = fixture(answer("12"), asked)
    defer { fixture.lanes.shutDown() }
    for schema in [#"{"type":"string"}"#, #"{"type":"integer"}"#] {
      for _ in 1...2 { _ = await fixture.pipeline.call(request(more: #","outputSchema":\#(schema)"#)) }
    }
    #expect(asked.times == 3)
  }

  @Test func aFailureIsNotKept() async throws {
    let asked = Asked()
    let fixture = ModelFixture(.none) { lanes, call, _ in
      let count = asked.count.withLock { count in
        count += 1
        return count
      }
      return count == 1 ? .io : lanes.complete(call, answer("fine"))
    }
    defer { fixture.lanes.shutDown() }
    #expect(await fixture.pipeline.call(request()).failure != nil)
    #expect(try text(await fixture.pipeline.call(request())) == "fine")
    #expect(asked.times == 2)
  }

  // MARK: What it costs

  @Test func aKeptAnswerIsJournaledAsOneAndCostsNothing() async throws {
    let prices = PriceList(
      currency: "USD",
      entries: [
        PriceList.Entry(
          provider: "fixture", model: "large", from: CivilDay(days: 0),
          rates: TokenRates(input: Money("1")!, output: Money("2")!))
      ])
    let fixture = fixture(
      fine, Asked(),
      ModelPolicy(
        prices: prices, budgets: BudgetPolicy(limits: [.tenant: BudgetLimit(tokens: 150)], reservedOutput: 1))
    )
    defer { fixture.lanes.shutDown() }
    for _ in 1...20 { _ = try await fixture.pipeline.call(request()).get() }
    #expect(try await fixture.balance(.tenant)?.used == Spending(tokens: 15, cost: Money("0.00002")!))
    let last = try #require(try await fixture.events().last)
    #expect(last["cache"]?.string == "hit" && last["status"]?.string == "ok")
    #expect(last["cost"]?.string == "0" && last["saved"]?.string == "0.00002")
    #expect(last["model"]?.string == "large" && last["result"]?["text"]?.string == "fine")
    #expect(last["request_bytes"]?.int == Int64(request().arguments.count))
    // One intent, twenty outcomes.
    #expect(try await fixture.events().count == 21)
    #expect(try await fixture.pipeline.call(request()).get().charge?.cost == .zero)
  }

  @Test func aKeptAnswerTakesNothingOfTheRate() async throws {
    let asked = Asked()
    let fixture = fixture(
      fine, asked,
      limits: LimitPolicy(rate: RateLimit(limit: 1, periodNanoseconds: 3600 * Self.second, burst: 1)))
    defer { fixture.lanes.shutDown() }
    for _ in 1...3 { #expect(try text(await fixture.pipeline.call(request())) == "fine") }
    #expect(await fixture.pipeline.call(request("else")).failure?.code == .rateLimited)
  }

  @Test func whoWatchesGetsTheTextInPiecesOfWholeCharacters() async throws {
    let long = String(repeating: "ä€😀x", count: 400)
    let fixture = fixture(answer(long))
    defer { fixture.lanes.shutDown() }
    _ = await fixture.pipeline.call(request())
    let pieces = Pieces()
    _ = await fixture.pipeline.call(request(observer: pieces))
    let shown = pieces.all.withLock { $0 }
    #expect(shown.count > 1 && shown.allSatisfy { $0.count <= 1024 })
    #expect(shown.allSatisfy { String(validating: $0, as: UTF8.self) != nil })
    #expect(String(decoding: shown.flatMap(\.self), as: UTF8.self) == long)
  }

  @Test func whereNothingCanBeKeptTheModelIsAsked() async throws {
    let asked = Asked()
    let fixture = fixture(fine, asked, answers: BrokenAnswers())
    defer { fixture.lanes.shutDown() }
    for _ in 1...2 { #expect(try text(await fixture.pipeline.call(request())) == "fine") }
    #expect(asked.times == 2)
  }
}

/// A `toolCalls` answer with one call.
private func call(_ name: String, _ arguments: String) -> String {
  """
  {"text":"","toolCalls":[{"id":"1","name":"\(name)","arguments":"\(arguments)"}],"finishReason":"tool_calls",\
  "usage":{"inputTokens":1,"outputTokens":1}}
  """
}

private final class Pieces: CallObserver {
  let all = Lock<[[UInt8]]>([])
  func received(_ event: CallEvent, from call: CallID) { all.withLock { $0.append(event.data) } }
  func progressed(_ progress: CallProgress, of call: CallID) {}
}

struct BrokenAnswers: AnswerStore {
  private let failure = StorageFailure(.unavailable, "broken")
  func answer(to key: AnswerKey, at now: Int64) throws(StorageFailure) -> [UInt8]? { throw failure }
  func keep(
    _ answer: KeptAnswer, to key: AnswerKey, at now: Int64, within bounds: AnswerBounds
  ) async throws(StorageFailure) { throw failure }
  func clear(of tenant: TenantID, provider: String?) async throws(StorageFailure) -> Int { throw failure }
  func close() async {}
}
