import CPluginServices
import HostServices
import Locking
import TestSupport
import Testing
import ToolContracts

/// `jf.call/1`: what of a plugin's wish becomes a call, and in whose name.
struct CallServiceTests {
  private let calls = RecordedCalls()
  private let uses = Lock<[ServiceUse]>([])
  private let time = ManualTime()
  private let cancellation = Cancellation()

  private func service(granting patterns: [String] = ["clock.*", "calc.*", "relay.*"]) -> CallService {
    CallService(
      ServiceUser(tenant: TenantID("acme")!, plugin: "relay"),
      grant: CallGrant(tools: patterns.map { NamePattern($0) }),
      caller: calls, executor: nil, time: time, audit: { [uses] use in uses.withLock { $0.append(use) } })
  }

  private func info(
    tenant: String = "acme", tool: String = "relay.pass", authority: CallAuthority = CallAuthority(),
    changesNothing: Bool = false
  ) -> CallInfo {
    CallInfo(
      tenant: TenantID(tenant)!, call: CallID(run: RunID(milliseconds: 1, randomness: 1), step: 7),
      attempt: 2,
      user: "ada", tool: ToolName(tool), position: RunPosition(turn: 3, agent: "triage"),
      authority: authority,
      changesNothing: changesNothing)
  }

  private func ask(
    _ service: CallService, _ name: String, _ info: CallInfo, arguments: String = "{}", call: UInt64 = 1
  ) async -> ServiceAnswer {
    let bytes = Array(number: UInt64(name.utf8.count)) + Array(name.utf8) + Array(arguments.utf8)
    return await ask(service, bytes, info, call: call)
  }

  private func ask(
    _ service: CallService, _ bytes: [UInt8], _ info: CallInfo, call: UInt64 = 1
  ) async -> ServiceAnswer {
    let request = ServiceRequest(
      operation: UInt32(PLUGIN_CALL_CALL), call: CallHandle(rawValue: call), info: info, bytes: bytes,
      deadline: time.now().advanced(by: 5_000_000_000), cancellation: cancellation)
    return await withCheckedContinuation { continuation in
      service.answer(request) { continuation.resume(returning: $0) }
    }
  }

  @Test func itIsMadeInTheNameOfTheCallThatAsks() async throws {
    let answer = await ask(service(), "clock.now", info(), arguments: #"{"zone":"UTC"}"#)
    #expect(answer == ServiceAnswer(.ok, Array(#"{"done":true}"#.utf8)))
    let made = try #require(calls.made.first)
    #expect(made.tool == ToolName("clock.now") && made.arguments == Array(#"{"zone":"UTC"}"#.utf8))
    #expect(made.principal == Principal(tenant: TenantID("acme")!, user: "ada"))
    #expect(made.attempt == 2 && made.position == RunPosition(turn: 3, agent: "triage"))
    #expect(made.timeoutNanoseconds == 5_000_000_000)
    #expect(uses.withLock { $0.isEmpty })
  }

  @Test func whatEndsTheCallEndsWhatItCalls() async throws {
    _ = await ask(service(), "clock.now", info())
    let made = try #require(calls.made.first?.cancellation)
    #expect(!made.isCancelled)
    cancellation.cancel()
    #expect(made.isCancelled)
  }

  @Test func itsKeyIsTheCallersAndItsNumber() async {
    let service = service()
    for call in [1, 1, 2, 1] as [UInt64] { _ = await ask(service, "clock.now", info(), call: call) }
    #expect(calls.made.map(\.call.path) == ["7.1", "7.2", "7.1", "7.3"])
    service.ended(CallHandle(rawValue: 1))
    _ = await ask(service, "clock.now", info())
    #expect(calls.made.last?.call.path == "7.1")
    #expect(calls.made.last?.call.child(4).path == "7.1.4")
  }

  @Test(arguments: ["clock.now", "clock_now"]) func aToolHasTheNameOfAgentsAndThatOfOperators(name: String)
    async
  {
    #expect(await ask(service(), name, info()).status == .ok)
    #expect(calls.made.map(\.tool) == [ToolName("clock.now")!])
  }

  @Test(arguments: ["sql.query", "clockwork.now", "clock.now.more"]) func whatIsNotGrantedIsNotCalled(
    name: String
  ) async {
    let status = await ask(service(), name, info()).status
    #expect(status == .denied || status == .notFound)
    #expect(calls.made.isEmpty && uses.withLock { $0.map(\.status) } == [status])
  }

  @Test func whatTheCallerMayNotIsNotCalled() async {
    let narrow = CallAuthority(tools: [NamePattern("relay.*"), NamePattern("calc.*")])
    #expect(await ask(service(), "clock.now", info(authority: narrow)).status == .denied)
    #expect(await ask(service(), "calc.evaluate", info(authority: narrow)).status == .ok)
    #expect(
      await ask(service(), "calc.evaluate", info(authority: CallAuthority(tools: []))).status == .denied)
  }

  @Test func authorityOnlyEverGetsLess() async throws {
    let first = CallAuthority(tools: [NamePattern("*.*")])
    _ = await ask(service(granting: ["relay.*", "calc.*"]), "relay.on", info(authority: first))
    let second = try #require(calls.made.last?.authority)
    #expect(second.ancestors == [ToolName("relay.pass")!])
    // Granted to the second plugin, and not to the first one, on whose behalf it asks.
    let other = service(granting: ["clock.*", "calc.*"])
    #expect(await ask(other, "clock.now", info(tool: "relay.on", authority: second)).status == .denied)
    #expect(await ask(other, "calc.evaluate", info(tool: "relay.on", authority: second)).status == .ok)
  }

  @Test func whatItMayDoOnlyEverGetsLess() async {
    let whole = CallAuthority()
    #expect(whole.effect == .nonIdempotent)
    let none = whole.passed(on: nil, effect: .none, within: [])
    #expect(none.effect == .none && none.passed(on: nil, effect: .nonIdempotent, within: []).effect == .none)
    _ = await ask(service(), "clock.now", info(authority: none))
    #expect(calls.made.isEmpty)
    var idempotent = info()
    idempotent.effect = .idempotent
    _ = await ask(service(), "clock.now", idempotent)
    #expect(calls.made.last?.authority.effect == .idempotent)
  }

  @Test func aToolThatWaitsIsNotCalledAgain() async {
    #expect(await ask(service(), "relay.pass", info()).status == .limit)
    let below = CallAuthority(ancestors: [ToolName("calc.evaluate")!])
    #expect(await ask(service(), "calc.evaluate", info(authority: below)).status == .limit)
    #expect(await ask(service(), "relay.pass", info(authority: below)).status == .limit)
    #expect(await ask(service(), "relay.other", info(authority: below)).status == .ok)
  }

  @Test func callsWithinCallsEnd() async {
    let names = (1...CallService.deepest).map { ToolName("relay.level\($0)")! }
    let deep = CallAuthority(ancestors: Array(names.prefix(CallService.deepest - 2)))
    #expect(await ask(service(), "clock.now", info(authority: deep)).status == .ok)
    let deeper = CallAuthority(ancestors: Array(names.prefix(CallService.deepest - 1)))
    #expect(await ask(service(), "clock.now", info(authority: deeper)).status == .limit)
  }

  @Test func nothingIsCalledWhileItIsOnlyAskedWhatWasDone() async {
    #expect(await ask(service(), "clock.now", info(changesNothing: true)).status == .denied)
    #expect(calls.made.isEmpty)
  }

  @Test func theCallOfAnotherTenantIsNotServed() async {
    #expect(await ask(service(), "clock.now", info(tenant: "globex")).status == .denied)
    #expect(calls.made.isEmpty)
  }

  @Test(arguments: [
    [], Array(number: 9), Array(number: .max) + [97], Array(number: 2) + [0xC3, 0x28], Array(number: 0),
  ])
  func aQuestionOfAnotherFormIsRefused(bytes: [UInt8]) async {
    let status = await ask(service(), bytes, info()).status
    #expect(status == .argument || status == .notFound)
    #expect(calls.made.isEmpty)
  }

  @Test(arguments: [
    (InvocationFailure.Code.toolNotFound, false, CallStatus.notFound), (.schemaViolation, false, .argument),
    (.denied, false, .denied), (.rateLimited, false, .busy), (.unavailable, false, .busy),
    (.cancelled, false, .cancelled), (.toolFailed, false, .tool), (.timedOut, true, .io),
    (.internal, true, .io),
    (.invalidResult, false, .tool),
  ])
  func aFailureIsToldWithItsMessageAndWithoutItsDetail(
    code: InvocationFailure.Code, effectUnknown: Bool, status: CallStatus
  ) async {
    calls.fail(InvocationFailure(code, "not so", detail: "/srv/key", effectUnknown: effectUnknown))
    #expect(await ask(service(), "clock.now", info()) == ServiceAnswer(status, Array("not so".utf8)))
  }
}

/// Where calls would go.
private final class RecordedCalls: ToolCaller {
  private let requests = Lock<[CallRequest]>([])
  private let failure = Lock<InvocationFailure?>(nil)

  var made: [CallRequest] { requests.withLock { $0 } }
  func fail(_ with: InvocationFailure) { failure.withLock { $0 = with } }

  func result(of request: CallRequest) async -> Result<[UInt8], InvocationFailure> {
    requests.withLock { $0.append(request) }
    if let failure = failure.withLock({ $0 }) { return .failure(failure) }
    return .success(Array(#"{"done":true}"#.utf8))
  }
}
