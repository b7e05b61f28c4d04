import Glibc
import HostServices
import JSONCodec
import Locking
import NativePlugins
import Storage
import TestSupport
import Testing
import ToolContracts

/// A plugin that asks the host, in this process.
@Suite(.leavesNothingBehind) struct ServiceTests {
  private enum Function: Int, CaseIterable { case count, keys, fetch, ask, hoard }

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

  /// On a thread of its own: the plugin waits there for its answers, and those come from tasks.
  private func answer(_ backend: any ToolBackend, _ function: Function, _ number: UInt64) async -> String? {
    let call = receiver.begin(number)
    let status = await invoke(backend, function, call)
    return receiver.completion(of: call)?.payload ?? "status \(status.rawValue)"
  }

  private func invoke(_ backend: any ToolBackend, _ function: Function, _ call: CallHandle) async
    -> CallStatus
  {
    await withCheckedContinuation { continuation in
      onNewThread {
        continuation.resume(returning: backend.invoke(call, function: function.rawValue, "{}"))
      }
    }
  }

  @Test func whatIsNotGrantedIsNotThere() async throws {
    let backend = try open([:])
    #expect(await answer(backend, .count, 1) == #""no store""#)
    #expect(await answer(backend, .fetch, 2) == #""no network""#)
    #expect(await answer(backend, .ask, 3) == #""nobody""#)
  }

  @Test func aValueOutlivesTheCallsAndTheInstance() async throws {
    #expect(await answer(try open(["jf.kv/1": values(of: tenant)]), .count, 1) == "1")
    let next = try open(["jf.kv/1": values(of: tenant)])
    #expect(await answer(next, .count, 2) == "2")
    #expect(await answer(next, .keys, 3) == #"["count"]"#)
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
    #expect(await answer(backend, .hoard, 1) == #""15 times, then \#(CallStatus.limit.rawValue)""#)
    #expect(await answer(backend, .hoard, 2) == #""15 times, then \#(CallStatus.limit.rawValue)""#)
  }

  @Test func aCancelledCallDoesNotWaitForItsAnswer() async throws {
    let silent = SilentService()
    let backend = try open(["jf.kv/1": silent])
    let call = receiver.begin(1)
    silent.whenAsked { backend.cancel(call) }
    #expect(await invoke(backend, .count, call) == .cancelled)
    #expect(silent.ended == [call])
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
