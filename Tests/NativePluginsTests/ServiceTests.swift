import Glibc
import HostServices
import JSONCodec
import Locking
import NativePlugins
import PluginFixtures
import Storage
import TestSupport
import Testing
import ToolContracts

/// A plugin that asks the host, in this process.
@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind) struct ServiceTests {
  private enum Function: Int, CaseIterable { case count, keys, fetch, ask, relay, recurse, hoard }

  private let tenant = TenantID("acme")!
  private let receiver: CallRecorder
  private let plugin: NativePlugin
  private let store = MemoryKeyValueStore(time: SystemTime())

  init() throws {
    receiver = CallRecorder(tenant: tenant)
    let functions = Function.allCases.map {
      #"{"name":"\#($0)","description":"d","inputSchema":{"type":"object"},"effect":"none"}"#
    }
    plugin = try PluginFixture(
      "plugins/services",
      descriptor:
        #"{"abi":1,"id":"services","version":"1.0.0","functions":[\#(functions.joined(separator: ","))]}"#
    ).load()
  }

  private func open(_ services: [String: any HostService]) throws -> any ToolBackend {
    try plugin.open(for: tenant, configuration: [:], services: GrantedServices(services), receiver: receiver)
  }

  private func values(of tenant: TenantID, quota: KeySpaceQuota = KeySpaceQuota()) -> KeyValueService {
    KeyValueService(
      store, space: KeySpace(tenant: tenant, plugin: "services"), quota: quota, time: SystemTime())
  }

  private typealias Question =
    @Sendable (any ToolBackend, CallHandle, Int, UnsafeRawBufferPointer) ->
    CallStatus
  private static let invoke: Question = { $0.invoke($1, function: $2, arguments: $3) }

  /// On a thread of its own: the plugin waits there for its answers, and those come from tasks.
  private func answer(
    _ backend: any ToolBackend, _ function: Function, _ number: UInt64, changesNothing: Bool = false,
    to question: @escaping Question = invoke
  ) async -> String? {
    let call = receiver.begin(number, changesNothing: changesNothing)
    let status = await ask(backend, function, call, question)
    return receiver.completion(of: call)?.payload ?? "status \(status.rawValue)"
  }

  private func ask(
    _ backend: any ToolBackend, _ function: Function, _ call: CallHandle,
    _ question: @escaping Question = invoke
  ) async -> CallStatus {
    await withCheckedContinuation { continuation in
      onNewThread {
        let arguments = Array("{}".utf8)
        continuation.resume(
          returning: arguments.withUnsafeBytes { question(backend, call, function.rawValue, $0) })
      }
    }
  }

  @Test func whatIsNotGrantedIsNotThere() async throws {
    let backend = try open([:])
    #expect(await answer(backend, .count, 1) == #"{"value":"no store"}"#)
    #expect(await answer(backend, .fetch, 2) == #"{"value":"no network"}"#)
    #expect(await answer(backend, .ask, 3) == #"{"value":"nobody"}"#)
  }

  @Test func aValueOutlivesTheCallsAndTheInstance() async throws {
    #expect(await answer(try open(["jf.kv/1": values(of: tenant)]), .count, 1) == #"{"value":1}"#)
    let next = try open(["jf.kv/1": values(of: tenant)])
    #expect(await answer(next, .count, 2) == #"{"value":2}"#)
    #expect(await answer(next, .keys, 3) == #"{"value":["count"]}"#)
  }

  @Test func aServiceOfAnotherTenantAnswersNothing() async throws {
    let backend = try open(["jf.kv/1": values(of: TenantID("other")!)])
    #expect(await answer(backend, .count, 1) == "status \(CallStatus.denied.rawValue)")
  }

  @Test func aQuotaIsToldToThePlugin() async throws {
    let backend = try open(["jf.kv/1": values(of: tenant, quota: KeySpaceQuota(keys: 1, bytes: 3))])
    #expect(await answer(backend, .count, 1) == "status \(CallStatus.limit.rawValue)")
  }

  @Test func moreIsNotKeptForOneCallThanTheHeaderSays() async throws {
    let large = [UInt8](repeating: 1, count: 1 << 20)
    _ = try await store.put(
      large, at: "large", in: KeySpace(tenant: tenant, plugin: "services"), expecting: .anything,
      expires: nil,
      quota: KeySpaceQuota())
    let backend = try open(["jf.kv/1": values(of: tenant)])
    // Beside each value its version of 8 bytes is kept: the sixteenth MiB does not fit.
    #expect(await answer(backend, .hoard, 1) == #"{"value":"15 times, then \#(CallStatus.limit.rawValue)"}"#)
    #expect(await answer(backend, .hoard, 2) == #"{"value":"15 times, then \#(CallStatus.limit.rawValue)"}"#)
  }

  @Test func aCancelledCallDoesNotWaitForItsAnswer() async throws {
    let silent = SilentService()
    let backend = try open(["jf.kv/1": silent])
    let call = receiver.begin(1)
    silent.whenAsked { backend.cancel(call) }
    #expect(await ask(backend, .count, call) == .cancelled)
    #expect(silent.ended == [call])
  }

  @Test func aCallAsksOnlySoMuchAtATime() async throws {
    let silent = SilentService()
    let backend = try open(["jf.kv/1": silent])
    let call = receiver.begin(1)
    let asked = Lock(0)
    // One question too many ends the wait too, so that it fails rather than lasts.
    silent.whenAsked {
      let count = asked.withLock { asked in
        asked += 1
        return asked
      }
      if count > 16 { backend.cancel(call) }
    }
    let statuses = await withTaskGroup(of: CallStatus.self) { group in
      for _ in 0..<17 { group.addTask { await ask(backend, .count, call) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    // The one that is refused returns, and what returns ends the call: the others wait no longer.
    #expect(statuses.count { $0 == .busy } == 1 && statuses.count { $0 == .cancelled } == 16)
  }

  @Test func aRefusalIsToldEvenWhereItsMessageHasNoRoom() async throws {
    let backend = try open(["jf.http/1": RefusingService()])
    #expect(await answer(backend, .fetch, 1) == "status \(CallStatus.denied.rawValue)")
  }

  // MARK: What it did, what it would do

  @Test func aPluginLooksUpWhatALostCallHasDone() async throws {
    let backend = try open(["jf.kv/1": values(of: tenant)])
    let reconcile: Question = { $0.reconcile($1, function: $2, arguments: $3) }
    let before = await answer(backend, .count, 1, changesNothing: true, to: reconcile)
    #expect(before == #"{"outcome":"did_not_happen"}"#)
    _ = await answer(backend, .count, 2)
    let after = await answer(backend, .count, 3, changesNothing: true, to: reconcile)
    #expect(after == #"{"outcome":"happened","result":{"value":1}}"#)
    let unsupported = await answer(backend, .keys, 4, changesNothing: true, to: reconcile)
    #expect(unsupported == "status \(CallStatus.unsupported.rawValue)")
  }

  @Test func whoIsOnlyAskedWhatItWouldDoChangesNothing() async throws {
    let backend = try open(["jf.kv/1": values(of: tenant)])
    _ = await answer(backend, .count, 1)
    let preview = await answer(backend, .count, 2, changesNothing: true) {
      $0.preview($1, function: $2, arguments: $3)
    }
    let denied = CallStatus.denied.rawValue
    #expect(preview == #"{"summary":"put \#(denied), remove \#(denied)"}"#)
    #expect(await answer(backend, .count, 3) == #"{"value":2}"#)
  }
}

/// A service that never answers.
private final class SilentService: HostService {
  private struct State {
    var action: (@Sendable () -> Void)?
    var ended: [CallHandle] = []
  }
  private let state = Lock(State())

  func whenAsked(_ action: @escaping @Sendable () -> Void) { state.withLock { $0.action = action } }
  var ended: [CallHandle] { state.withLock { $0.ended } }

  func answer(_ request: ServiceRequest, reply: @escaping @Sendable (ServiceAnswer) -> Void) {
    state.withLock { $0.action }?()
  }

  func ended(_ call: CallHandle) { state.withLock { $0.ended.append(call) } }
}

/// A service that refuses, and says why at length.
private struct RefusingService: HostService {
  func answer(_ request: ServiceRequest, reply: @escaping @Sendable (ServiceAnswer) -> Void) {
    reply(ServiceAnswer(.denied, Array("this server is not among those that the operator allows".utf8)))
  }
}
