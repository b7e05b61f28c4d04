import Invocation
import JSONCodec
import JSONSchema
import Locking
import Storage
import TestSupport
import Testing
import ToolContracts

@Suite(.leavesNothingBehind) struct InvocationPipelineTests {
  @Test func aCallGoesThroughAllStagesAndIsRecordedBeforeAndAfter() async throws {
    let fixture = PipelineFixture(answering: #"{"sum":3}"#)
    defer { fixture.lanes.shutDown() }
    #expect(try await fixture.call().get().json == Array(#"{"sum":3}"#.utf8))
    #expect(try await fixture.recorded() == ["tool.started", "tool.finished ok"])
  }

  @Test(arguments: [
    ("math.ad", #"{"a":1,"b":2}"#, InvocationFailure.Code.toolNotFound),
    ("math.secret", #"{"a":1,"b":2}"#, .denied),
    ("math.add", #"{"a":1,"b":2"#, .invalidJSON),
    ("math.add", #"{"a":1,"a":1,"b":2}"#, .invalidJSON),
    ("math.add", "", .invalidJSON),
    ("math.add", "[1,2]", .schemaViolation),
    ("math.add", #"{"a":1}"#, .schemaViolation),
    ("math.add", #"{"a":1,"b":"2"}"#, .schemaViolation),
  ])
  func aCallThatMayNotBeMadeIsRefusedRecordedAndNeverReachesThePlugin(
    tool: String, arguments: String, code: InvocationFailure.Code
  ) async throws {
    let entries = Lock(0)
    let fixture = PipelineFixture { _, _, _ in
      entries.withLock { $0 += 1 }
      return .ok
    }
    defer { fixture.lanes.shutDown() }
    #expect(await fixture.call(tool, arguments).failure?.code == code)
    #expect(try await fixture.recorded() == ["tool.rejected \(code.rawValue)"])
    #expect(entries.withLock { $0 } == 0)
  }

  @Test func whatIsEnabledAndCouldNotBeOpenedIsNotCalledDenied() async {
    let fixture = PipelineFixture(answering: "{}")
    defer { fixture.lanes.shutDown() }
    let failure = await fixture.call("broken.add", "{}").failure
    #expect(failure?.code == .internal)
    #expect(failure?.message.contains("disk") == false)
  }

  @Test func whatTheOperatorLetsBeMendedIsMendedAndJournaledAndNothingElse() async throws {
    let fixture = PipelineFixture(repair: [.coerceScalars]) { lanes, call, arguments in
      let sum = (try? JSONDocument(parsing: arguments).root["b"]?.int).flatMap { $0 } ?? 0
      return Array(#"{"sum":\#(sum)}"#.utf8).withUnsafeBytes {
        lanes.complete(call, status: .ok, payload: $0)
      }
    }
    defer { fixture.lanes.shutDown() }
    #expect(try await fixture.call("math.add", #"{"a":1,"b":"2"}"#).get().json == Array(#"{"sum":2}"#.utf8))
    let intent = try await fixture.journal.events(of: PipelineFixture.run, tenant: PipelineFixture.acme)[0]
    let data = try JSONDocument(parsing: intent.data).root
    #expect(data["arguments"]?.rawText == #"{"a":1,"b":2}"#)
    #expect(data["asked"]?.rawText == #"{"a":1,"b":"2"}"#)
    #expect(data["repairs"]?.rawText == #"[{"kind":"coerced","pointer":"/b"}]"#)
    #expect(await fixture.call("math.add", #"{"a":1,"b":2,"c":3}"#).failure?.code == .schemaViolation)
    #expect(await fixture.call("math.add", #"{"a":1,"#).failure?.code == .invalidJSON)
  }

  @Test(arguments: [
    (Effect.none, "math.add", true), (.none, "math.write", false), (.idempotent, "math.write", false),
    (.idempotent, "math.add", true), (.nonIdempotent, "math.write", true),
  ])
  func aCallDoesNoMoreThanTheOneThatMakesItSaysOfItself(
    effect: Effect, tool: String, isMade: Bool
  ) async throws {
    let fixture = PipelineFixture(answering: #"{"sum":3}"#)
    defer { fixture.lanes.shutDown() }
    let authority = CallAuthority().passed(on: nil, effect: effect, within: [NamePattern("*")])
    let outcome = await fixture.pipeline.call(
      CallRequest(
        tool: ToolName(tool)!, arguments: Array(#"{"a":1,"b":2}"#.utf8),
        principal: Principal(tenant: PipelineFixture.acme),
        call: CallID(run: PipelineFixture.run, step: 1).child(1), authority: authority))
    #expect(outcome.failure?.code == (isMade ? nil : .denied))
    #expect(
      try await fixture.recorded()
        == (isMade ? ["call.started", "call.finished ok"] : ["call.rejected denied"]))
  }

  @Test func anUnknownTenantIsDenied() async {
    let fixture = PipelineFixture(answering: "{}")
    defer { fixture.lanes.shutDown() }
    #expect(await fixture.call(tenant: TenantID("globex")!).failure?.code == .denied)
  }

  @Test func theFailureNamesTheNearestToolAndTheFaultyArgument() async {
    let fixture = PipelineFixture(answering: "{}")
    defer { fixture.lanes.shutDown() }
    #expect(await fixture.call("math.ad").failure?.message.contains("math.add") == true)
    #expect(await fixture.call("math.add", #"{"a":1,"b":"2"}"#).failure?.pointer?.description == "/b")
  }

  @Test func whatIsRefusedSpendsNoQuota() async {
    let rate = RateLimit(limit: 1, periodNanoseconds: 3_600_000_000_000, burst: 1)
    let fixture = PipelineFixture(answering: #"{"sum":3}"#, limits: LimitPolicy(rate: rate))
    defer { fixture.lanes.shutDown() }
    for _ in 0..<5 { #expect(await fixture.call("math.add", "{}").failure?.code == .schemaViolation) }
    #expect(await fixture.call().failure == nil)
    let refused = await fixture.call().failure
    #expect(refused?.code == .rateLimited)
    #expect((refused?.retryAfterMilliseconds ?? 0) > 3_500_000)
  }

  @Test(arguments: [
    ("not json", InvocationFailure.Code.invalidResult), (#"{"sum":"3"}"#, .invalidResult),
    ("", .invalidResult),
    (#"{"sum":1,"sum":2}"#, .invalidResult),
    (#"{"sum":3,"pad":"0123456789012345678901234567890123456789"}"#, .resultTooLarge),
  ])
  func aResultThatIsNotWhatThePluginPromisedReachesNobody(json: String, code: InvocationFailure.Code)
    async throws
  {
    let fixture = PipelineFixture(answering: json, limits: LimitPolicy(maxResultBytes: 40))
    defer { fixture.lanes.shutDown() }
    #expect(await fixture.call().failure?.code == code)
    #expect(try await fixture.recorded() == ["tool.started", "tool.finished \(code.rawValue)"])
  }

  @Test func aToolsOwnFailureReachesTheModelWithItsWordsAndADefectsDoesNot() async {
    let words = Array("no such city\u{1B}[31m".utf8)
    let failing = PipelineFixture { lanes, call, _ in
      words.withUnsafeBytes { lanes.complete(call, status: .tool, payload: $0) }
    }
    let defective = PipelineFixture { lanes, call, _ in
      words.withUnsafeBytes { lanes.complete(call, status: .internal, payload: $0) }
    }
    defer {
      failing.lanes.shutDown()
      defective.lanes.shutDown()
    }
    #expect(await failing.call().failure?.message == "no such city [31m")
    let defect = await defective.call().failure
    #expect(defect?.code == .toolFailed)
    #expect(defect?.message.contains("city") == false)
    #expect(defect?.detail?.contains("city") == true)
  }

  @Test(arguments: [
    (CallStatus.cancelled, InvocationFailure.Code.cancelled), (.deadline, .timedOut),
    (.internal, .toolFailed),
    (.state, .toolFailed),
  ])
  func whoStopsHalfwayMayHaveHadItsEffect(status: CallStatus, code: InvocationFailure.Code) async throws {
    let fixture = PipelineFixture { _, _, _ in status }
    defer { fixture.lanes.shutDown() }
    let reading = await fixture.call("math.add").failure
    let writing = await fixture.call("math.write", step: 2).failure
    #expect(reading?.code == code && reading?.effectUnknown == false)
    #expect(writing?.code == code && writing?.effectUnknown == true)
  }

  @Test func aPluginSaysNothingThatOnlyTheHostMay() {
    #expect(CallStatus(ofPlugin: CallStatus.unavailable.rawValue) == .internal)
    #expect(CallStatus(ofPlugin: -13) == .internal)
    #expect(CallStatus(ofPlugin: 2) == .internal)
    for known in -12...1 { #expect(CallStatus(ofPlugin: Int32(known)).rawValue == Int32(known)) }
  }

  @Test func theDeadlineHoldsAndSaysWhetherTheEffectIsKnown() async throws {
    let gate = Gate()
    let fixture = PipelineFixture { _, _, _ in
      gate.wait()
      return .ok
    }
    let reading = await fixture.call("math.add", milliseconds: 5).failure
    let writing = await fixture.call("math.write", step: 2, milliseconds: 5).failure
    #expect(reading?.code == .timedOut && reading?.effectUnknown == false)
    #expect(writing?.code == .timedOut && writing?.effectUnknown == true)
    gate.open()
    waitUntil { fixture.lanes.counts.callsInUse == 0 }
    fixture.lanes.shutDown()
  }

  @Test func aCallerMayShortenTheTimeOfACallAndNotLengthenIt() async {
    let gate = Gate()
    let fixture = PipelineFixture(limits: LimitPolicy(timeoutNanoseconds: 5_000_000)) { _, _, _ in
      gate.wait()
      return .ok
    }
    #expect(await fixture.call(milliseconds: 2000).failure?.code == .timedOut)
    gate.open()
    waitUntil { fixture.lanes.counts.callsInUse == 0 }
    fixture.lanes.shutDown()
  }

  @Test func aPlaceIsGivenBackHoweverTheCallEnds() async {
    let answers = Lock<[CallStatus]>([.tool, .internal, .busy, .ok, .ok])
    let fixture = PipelineFixture(limits: LimitPolicy(concurrency: 1)) { lanes, call, _ in
      let answer = answers.withLock { $0.removeFirst() }
      guard answer == .ok else { return answer }
      // The first of the good answers breaks its schema.
      let json = answers.withLock { $0.isEmpty } ? #"{"sum":3}"# : "[]"
      return Array(json.utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    defer { fixture.lanes.shutDown() }
    for step in 1...4 as ClosedRange<UInt32> {
      #expect(await fixture.call(step: step, milliseconds: 60_000).failure?.code != .timedOut)
    }
    #expect(await fixture.call(step: 5, milliseconds: 60_000).failure == nil)
  }

  @Test(arguments: [(1_500_000, 2), (3_000_000, 3)])
  func whoWaitsAsLongAsToldIsNotRefusedAgain(period: Int64, milliseconds: Int64) async {
    let time = ManualTime()
    let rate = RateLimit(limit: 1, periodNanoseconds: period, burst: 1)
    let fixture = PipelineFixture(limits: LimitPolicy(rate: rate), time: time) { lanes, call, _ in
      Array(#"{"sum":3}"#.utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    defer { fixture.lanes.shutDown() }
    #expect(await fixture.call().failure == nil)
    #expect(await fixture.call(step: 2).failure?.retryAfterMilliseconds == milliseconds)
    time.advance(milliseconds: milliseconds)
    #expect(await fixture.call(step: 3).failure == nil)
  }

  @Test func theIntentOfACallWithAnEffectIsOnDiskBeforeTheCallIsMade() async {
    let journal = WatchedJournal()
    let fixture = PipelineFixture(journal: journal) { lanes, call, _ in
      Array(#"{"sum":3}"#.utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    defer { fixture.lanes.shutDown() }
    _ = await fixture.call("math.write")
    _ = await fixture.call("math.add", step: 2)
    // An outcome is always: who was told a result will find it there.
    #expect(
      journal.appended.withLock { $0 } == [
        "tool.started durable", "tool.finished durable", "tool.started trace", "tool.finished durable",
      ])
  }

  @Test func aCancelledCallSaysWhetherItsEffectIsKnown() async {
    for (tool, isUnknown) in [("math.add", false), ("math.write", true)] {
      let gate = Gate()
      let cancellation = Cancellation()
      let fixture = PipelineFixture { _, _, _ in
        cancellation.cancel()
        gate.wait()
        return .tool
      }
      let failure = await fixture.call(tool, cancellation: cancellation).failure
      #expect(failure?.code == .cancelled && failure?.effectUnknown == isUnknown)
      gate.open()
      waitUntil { fixture.lanes.counts.callsInUse == 0 }
      fixture.lanes.shutDown()
    }
  }

  @Test func timeSpentWaitingForAPlaceCounts() async {
    let gate = Gate()
    let entered = Gate()
    let fixture = PipelineFixture(limits: LimitPolicy(concurrency: 1)) { lanes, call, _ in
      entered.open()
      gate.wait()
      return Array(#"{"sum":3}"#.utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    async let first = fixture.call()
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      onNewThread {
        entered.wait()
        continuation.resume()
      }
    }
    #expect(await fixture.call(step: 2, milliseconds: 5).failure?.code == .timedOut)
    gate.open()
    #expect(await first.failure == nil)
    fixture.lanes.shutDown()
  }

  @Test func aFunctionThatGoesOnAfterItsDeadlineKeepsItsPlace() async {
    let gate = Gate()
    let entries = Lock(0)
    let time = ManualTime()
    let fixture = PipelineFixture(limits: LimitPolicy(concurrency: 1), time: time) { lanes, call, _ in
      if entries.withLock({ $0 }) == 0 { time.advance(milliseconds: 10) }
      entries.withLock { $0 += 1 }
      gate.wait()
      return Array(#"{"sum":3}"#.utf8).withUnsafeBytes { lanes.complete(call, status: .ok, payload: $0) }
    }
    #expect(await fixture.call(milliseconds: 5).failure?.code == .timedOut)
    #expect(await fixture.call(step: 2, milliseconds: 0).failure?.code == .timedOut)
    #expect(entries.withLock { $0 } == 1)
    gate.open()
    waitUntil { fixture.lanes.counts.callsInUse == 0 }
    #expect(await fixture.call(step: 3).failure == nil)
    fixture.lanes.shutDown()
  }

  @Test func whoWaitsForAPlaceIsAnsweredWhenCancelled() async {
    let gate = Gate()
    let cancellation = Cancellation()
    let fixture = PipelineFixture(limits: LimitPolicy(concurrency: 1)) { lanes, call, _ in
      cancellation.cancel()
      gate.wait()
      return .tool
    }
    async let first = fixture.call()
    #expect(await fixture.call("math.write", step: 2, cancellation: cancellation).failure?.code == .cancelled)
    gate.open()
    _ = await first
    fixture.lanes.shutDown()
  }

  @Test func aCallWhoseIntentCannotBeRecordedIsNotMade() async {
    let entries = Lock(0)
    let fixture = PipelineFixture(journal: FullJournal()) { _, _, _ in
      entries.withLock { $0 += 1 }
      return .ok
    }
    defer { fixture.lanes.shutDown() }
    #expect(await fixture.call("math.write").failure?.code == .internal)
    #expect(entries.withLock { $0 } == 0)
  }
}

/// A journal that is only written.
private protocol WrittenJournal: RunJournal {}

extension WrittenJournal {
  func events(of run: RunID, tenant: TenantID) async throws(StorageFailure) -> [JournalEvent] { [] }
  func record(of run: RunID, tenant: TenantID) async throws(StorageFailure) -> RecordedRun? { nil }
  func claim(_ run: RunID, tenant: TenantID) async throws(StorageFailure) {}
  func restore(_ run: RecordedRun) async throws(StorageFailure) {}
  func check() async throws(StorageFailure) {}
  func removeRuns(
    of tenant: TenantID, endedBefore moment: Int64, limit: Int
  ) async throws(StorageFailure) -> Int { 0 }
  func runs(tenant: TenantID, limit: Int, before: RunID?) async throws(StorageFailure) -> [RunSummary] { [] }
  func unfinishedRuns(
    tenant: TenantID, limit: Int, before: RunID?
  ) async throws(StorageFailure) -> [RunSummary] { [] }
  func conversations(
    tenant: TenantID, user: String?, limit: Int, before: ConversationID?
  ) async throws(StorageFailure) -> [ConversationSummary] { [] }
  func runs(
    of conversation: ConversationID, tenant: TenantID
  ) async throws(StorageFailure) -> [RunSummary] { [] }
  func close() async {}
}

/// Notes how safely each event was to be written.
private final class WatchedJournal: WrittenJournal {
  let appended = Lock<[String]>([])
  func append(_ events: [JournalEvent], _ durability: Durability) async throws(StorageFailure) {
    appended.withLock { $0 += events.map { "\($0.kind.rawValue) \(durability)" } }
  }
}

/// A journal on a disk that is full.
private struct FullJournal: WrittenJournal {
  func append(_ events: [JournalEvent], _ durability: Durability) async throws(StorageFailure) {
    throw StorageFailure(.full, "no space")
  }
}

extension Result where Success == CallResult, Failure == InvocationFailure {
  var failure: InvocationFailure? { if case .failure(let failure) = self { failure } else { nil } }
}
