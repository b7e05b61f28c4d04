import CPluginServices
import HostServices
import Storage
import TestSupport
import Testing
import ToolContracts

/// `jf.kv/1`: bytes to values and back.
struct KeyValueServiceTests {
  private let time = ManualTime()
  private let service: KeyValueService

  init() {
    service = KeyValueService(
      MemoryKeyValueStore(time: time), space: KeySpace(tenant: TenantID("acme")!, plugin: "notes"),
      quota: KeySpaceQuota(keys: 3, bytes: 4 << 20), time: time)
  }

  private func ask(
    _ operation: Int, _ bytes: [UInt8], tenant: String = "acme", changesNothing: Bool = false
  ) async -> ServiceAnswer {
    let info = CallInfo(
      tenant: TenantID(tenant)!, call: CallID(run: RunID(milliseconds: 1, randomness: 1), step: 1),
      attempt: 1,
      changesNothing: changesNothing)
    let request = ServiceRequest(
      operation: UInt32(operation), call: CallHandle(rawValue: 1), info: info, bytes: bytes,
      deadline: time.now().advanced(by: 1_000_000_000), cancellation: Cancellation())
    return await withCheckedContinuation { continuation in
      service.answer(request) { continuation.resume(returning: $0) }
    }
  }

  private func put(
    _ key: String, _ value: [UInt8], expecting: UInt64 = .max, lifetime: UInt64 = 0
  ) async -> ServiceAnswer {
    let numbers = [expecting, lifetime, UInt64(key.utf8.count)].flatMap { Array(number: $0) }
    return await ask(PLUGIN_KV_PUT, numbers + Array(key.utf8) + value)
  }

  private func get(_ key: String) async -> ServiceAnswer { await ask(PLUGIN_KV_GET, Array(key.utf8)) }

  private func remove(_ key: String, expecting: UInt64 = .max) async -> CallStatus {
    await ask(PLUGIN_KV_REMOVE, Array(number: expecting) + Array(key.utf8)).status
  }

  private func list(_ prefix: String, after: String = "", limit: UInt64 = 10) async -> String {
    let bytes = Array(number: limit) + Array(number: UInt64(prefix.utf8.count)) + Array((prefix + after).utf8)
    return String(decoding: await ask(PLUGIN_KV_LIST, bytes).bytes, as: UTF8.self)
  }

  @Test func whatIsPutIsThereWithAVersionThatRises() async {
    #expect(await put("a", [1, 2]) == ServiceAnswer(.ok, Array(number: 1)))
    #expect(await get("a") == ServiceAnswer(.ok, Array(number: 1) + [1, 2]))
    #expect(await put("a", []) == ServiceAnswer(.ok, Array(number: 2)))
    #expect(await get("a") == ServiceAnswer(.ok, Array(number: 2)))
    #expect(await get("b").status == .notFound)
  }

  @Test func aChangeIsMadeOnlyWhereWhatIsThereWasExpected() async {
    #expect(await put("a", [1], expecting: 7).status == .notFound)
    #expect(await put("a", [1], expecting: 0).status == .ok)
    #expect(await put("a", [2], expecting: 0).status == .state)
    #expect(await put("a", [2], expecting: 9).status == .state)
    #expect(await remove("a", expecting: 9) == .state)
    #expect(await remove("a", expecting: 1) == .ok)
    #expect(await remove("a") == .notFound)
  }

  @Test func aValueHasItsTime() async {
    #expect(await put("a", [1], lifetime: 1_000_000).status == .ok)
    #expect(await put("b", [1], lifetime: UInt64(Int64.max)).status == .ok)
    time.advance(milliseconds: 2)
    #expect(await get("a").status == .notFound)
    #expect(await get("b").status == .ok)
    #expect(await put("a", [1], lifetime: .max).status == .argument)
  }

  @Test func keysComeInTheirOrder() async {
    for key in ["n/2", "n/1", "o"] { _ = await put(key, []) }
    #expect(await list("n/") == #"["n/1","n/2"]"#)
    #expect(await list("", after: "n/1", limit: 1) == #"["n/2"]"#)
    #expect(await list("x") == "[]")
    #expect(await list("", limit: 0).isEmpty)
    #expect(await list("", limit: 1001).isEmpty)
  }

  @Test func limitsHold() async {
    #expect(await put("large", [UInt8](repeating: 0, count: 1 << 20)).status == .ok)
    #expect(await put("larger", [UInt8](repeating: 0, count: 1 << 20 + 1)).status == .limit)
    for key in ["a", "b"] { _ = await put(key, []) }
    #expect(await put("c", []).status == .limit)
  }

  @Test(arguments: ["", String(repeating: "k", count: 513), "a\0b"]) func whatIsNoKeyIsRefused(key: String)
    async
  {
    #expect(await put(key, []).status == .argument)
    #expect(await get(key).status == .argument)
    #expect(await remove(key) == .argument)
  }

  @Test func bytesOfAnotherFormAreRefused() async {
    for operation in [PLUGIN_KV_PUT, PLUGIN_KV_REMOVE, PLUGIN_KV_LIST] {
      for bytes in [[], [1, 2, 3], Array(number: 1), Array(repeating: 0xFF, count: 40)] as [[UInt8]] {
        #expect(await ask(operation, bytes).status == .argument, "\(operation) \(bytes)")
      }
    }
    #expect(await ask(PLUGIN_KV_GET, [0xC3, 0x28]).status == .argument)
    #expect(await ask(5, []).status == .unsupported)
  }

  @Test func whoOnlyAsksWhatWasDoneChangesNothing() async {
    let put = [UInt64.max, 0, 1].flatMap { Array(number: $0) } + Array("a".utf8)
    #expect(await ask(PLUGIN_KV_PUT, put, changesNothing: true).status == .denied)
    #expect(await ask(PLUGIN_KV_REMOVE, Array(number: .max) + [0x61], changesNothing: true).status == .denied)
    #expect(await ask(PLUGIN_KV_GET, [0x61], changesNothing: true).status == .notFound)
  }

  @Test func theCallOfAnotherTenantSeesNothing() async {
    _ = await put("a", [1])
    #expect(await ask(PLUGIN_KV_GET, [0x61], tenant: "globex").status == .denied)
  }
}
