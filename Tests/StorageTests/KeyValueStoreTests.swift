import SQLiteStorage
import Storage
import TestSupport
import Testing
import ToolContracts

/// What every store of plugins' values promises, in memory and in a file.
struct KeyValueStoreTests {
  private static let kinds = ["memory", "sqlite"]
  private let folder = TemporaryFolder()
  private let time = ManualTime()
  private let mine = KeySpace(tenant: TenantID("acme")!, plugin: "notes")
  private let quota = KeySpaceQuota()

  private func open(_ kind: String) throws -> any KeyValueStore {
    kind == "memory"
      ? MemoryKeyValueStore(time: time)
      : try SQLiteKeyValueStore(path: "\(folder.path)/values.sqlite", time: time)
  }

  @Test(arguments: kinds) func keepsWhatItWasGivenUnderARisingVersion(kind: String) async throws {
    let store = try open(kind)
    let first = try await store.put([1], at: "k", in: mine, expecting: .absent, expires: nil, quota: quota)
    let second = try await store.put(
      [], at: "k", in: mine, expecting: .version(first), expires: nil, quota: quota)
    #expect(second > first && first > 0)
    #expect(try await store.value(of: "k", in: mine) == StoredValue(bytes: [], version: second))
    try await store.remove("k", in: mine, expecting: .anything)
    #expect(try await store.value(of: "k", in: mine) == nil)
    #expect(
      try await store.put([2], at: "k", in: mine, expecting: .absent, expires: nil, quota: quota) > second)
    await store.close()
  }

  @Test(arguments: kinds) func changesNothingWhereSomethingElseIsThere(kind: String) async throws {
    let store = try open(kind)
    let version = try await store.put(
      [1], at: "k", in: mine, expecting: .anything, expires: nil, quota: quota)
    await #expect(throws: KeyValueFailure.conflict) {
      try await store.put([2], at: "k", in: mine, expecting: .absent, expires: nil, quota: quota)
    }
    await #expect(throws: KeyValueFailure.conflict) {
      try await store.put(
        [2], at: "k", in: mine, expecting: .version(version + 1), expires: nil, quota: quota)
    }
    await #expect(throws: KeyValueFailure.conflict) {
      try await store.remove("k", in: mine, expecting: .version(version + 1))
    }
    await #expect(throws: KeyValueFailure.notFound) {
      try await store.remove("none", in: mine, expecting: .anything)
    }
    #expect(try await store.value(of: "k", in: mine) == StoredValue(bytes: [1], version: version))
    await store.close()
  }

  @Test(arguments: kinds) func noOtherTenantOrPluginSeesAKey(kind: String) async throws {
    let store = try open(kind)
    _ = try await store.put([1], at: "k", in: mine, expecting: .anything, expires: nil, quota: quota)
    for other in [
      KeySpace(tenant: TenantID("other")!, plugin: "notes"), KeySpace(tenant: mine.tenant, plugin: "else"),
    ] {
      #expect(try await store.value(of: "k", in: other) == nil)
      #expect(try await store.keys(in: other, prefix: "", after: "", limit: 10).isEmpty)
    }
    await store.close()
  }

  @Test(arguments: kinds) func aValueIsGoneOnceItsTimeIsOver(kind: String) async throws {
    let store = try open(kind)
    let end = time.wallClock() + 1_000_000
    _ = try await store.put([1], at: "k", in: mine, expecting: .anything, expires: end, quota: quota)
    #expect(try await store.value(of: "k", in: mine) != nil)
    time.advance(milliseconds: 1)
    #expect(try await store.value(of: "k", in: mine) == nil)
    #expect(try await store.keys(in: mine, prefix: "", after: "", limit: 10).isEmpty)
    _ = try await store.put([2], at: "k", in: mine, expecting: .absent, expires: nil, quota: quota)
    await store.close()
  }

  @Test(arguments: kinds) func aQuotaRefusesWhatIsBeyondItAndKeepsWhatIsThere(kind: String) async throws {
    let store = try open(kind)
    let small = KeySpaceQuota(keys: 2, bytes: 8)
    _ = try await store.put([1, 2, 3], at: "a", in: mine, expecting: .anything, expires: nil, quota: small)
    _ = try await store.put([1], at: "b", in: mine, expecting: .anything, expires: nil, quota: small)
    await #expect(throws: KeyValueFailure.overQuota) {
      try await store.put([], at: "c", in: mine, expecting: .anything, expires: nil, quota: small)
    }
    await #expect(throws: KeyValueFailure.overQuota) {
      try await store.put([1, 2, 3, 4], at: "b", in: mine, expecting: .anything, expires: nil, quota: small)
    }
    #expect(try await store.value(of: "b", in: mine)?.bytes == [1])
    try await store.remove("a", in: mine, expecting: .anything)
    _ = try await store.put(
      [1, 2, 3, 4], at: "b", in: mine, expecting: .anything, expires: nil, quota: small)
    await store.close()
  }

  @Test(arguments: kinds) func keysAreListedInTheOrderOfTheirBytes(kind: String) async throws {
    let store = try open(kind)
    for key in ["é/1", "a/2", "b", "a/10", "a/é", "A", "a"] {
      _ = try await store.put([0], at: key, in: mine, expecting: .anything, expires: nil, quota: quota)
    }
    func keys(_ prefix: String, after: String = "", limit: Int = 100) async throws -> [String] {
      try await store.keys(in: mine, prefix: prefix, after: after, limit: limit).map(\.key)
    }
    #expect(try await keys("") == ["A", "a", "a/10", "a/2", "a/é", "b", "é/1"])
    #expect(try await keys("a/") == ["a/10", "a/2", "a/é"])
    #expect(try await keys("a/", after: "a/10", limit: 1) == ["a/2"])
    await store.close()
  }

  @Test func aFileIsThereAgainForTheNextProcess() async throws {
    let store = try open("sqlite")
    let version = try await store.put(
      [7], at: "k", in: mine, expecting: .anything, expires: nil, quota: quota)
    await store.close()
    await #expect(throws: KeyValueFailure.self) { try await store.value(of: "k", in: mine) }
    let next = try open("sqlite")
    #expect(try await next.value(of: "k", in: mine) == StoredValue(bytes: [7], version: version))
    await next.close()
  }
}
