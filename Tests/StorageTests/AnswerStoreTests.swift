import ModelContracts
import SQLiteStorage
import Storage
import TestSupport
import Testing
import ToolContracts

/// What every store of answers promises, in memory and in a file.
struct AnswerStoreTests {
  private static let kinds = ["memory", "sqlite"]
  private let folder = TemporaryFolder()
  private let plenty = AnswerBounds(entries: 100, bytes: 10_000)

  private func open(_ kind: String) throws -> any AnswerStore {
    kind == "memory" ? MemoryAnswerStore() : try SQLiteAnswerStore(path: "\(folder.path)/answers.sqlite")
  }

  private func key(_ digest: String, of tenant: TenantID = acme) -> AnswerKey {
    AnswerKey(tenant: tenant, digest: digest)
  }

  private func kept(_ text: String, by provider: String = "one", expires: Int64 = 1000) -> KeptAnswer {
    KeptAnswer(json: Array(text.utf8), provider: provider, expires: expires)
  }

  private func text(_ store: any AnswerStore, _ key: AnswerKey, at now: Int64 = 1) throws -> String? {
    try store.answer(to: key, at: now).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: kinds) func givesWhatWasKeptAndTheNewestOfIt(kind: String) async throws {
    let store = try open(kind)
    #expect(try text(store, key("a")) == nil)
    try await store.keep(kept("first"), to: key("a"), at: 1, within: plenty)
    try await store.keep(kept("second"), to: key("a"), at: 2, within: plenty)
    #expect(try text(store, key("a")) == "second")
    #expect(try text(store, key("b")) == nil)
    await store.close()
  }

  @Test(arguments: kinds) func noTenantHasAnothersAnswer(kind: String) async throws {
    let store = try open(kind)
    try await store.keep(kept("ours"), to: key("a"), at: 1, within: plenty)
    #expect(try text(store, key("a", of: globex)) == nil)
    try await store.keep(kept("theirs"), to: key("a", of: globex), at: 1, within: plenty)
    #expect(try await store.clear(of: globex, provider: nil) == 1)
    #expect(try text(store, key("a")) == "ours")
    await store.close()
  }

  @Test(arguments: kinds) func whatHasExpiredIsNotThere(kind: String) async throws {
    let store = try open(kind)
    try await store.keep(kept("short", expires: 10), to: key("a"), at: 1, within: plenty)
    #expect(try text(store, key("a"), at: 9) == "short")
    #expect(try text(store, key("a"), at: 10) == nil)
    // What is kept later takes its place: one is allowed, and it is not counted any more.
    try await store.keep(kept("long"), to: key("b"), at: 10, within: AnswerBounds(entries: 1, bytes: 5))
    #expect(try text(store, key("b"), at: 11) == "long")
    await store.close()
  }

  @Test(arguments: kinds) func whatNobodyWantedForLongestGoesFirst(kind: String) async throws {
    let store = try open(kind)
    let bounds = AnswerBounds(entries: 2, bytes: 10_000)
    try await store.keep(kept("a"), to: key("a"), at: 1, within: bounds)
    try await store.keep(kept("b"), to: key("b"), at: 2, within: bounds)
    #expect(try text(store, key("a"), at: 3) == "a")
    try await store.keep(kept("c"), to: key("c"), at: 4, within: bounds)
    #expect(try text(store, key("b"), at: 5) == nil)
    #expect(try text(store, key("a"), at: 5) == "a")
    // Those of other tenants are none of its business.
    try await store.keep(kept("d"), to: key("d", of: globex), at: 6, within: bounds)
    #expect(try text(store, key("c"), at: 7) == "c")
    await store.close()
  }

  @Test(arguments: kinds) func bytesAreBounded(kind: String) async throws {
    let store = try open(kind)
    let bounds = AnswerBounds(entries: 100, bytes: 10)
    try await store.keep(kept("123456"), to: key("a"), at: 1, within: bounds)
    try await store.keep(kept("1234"), to: key("b"), at: 2, within: bounds)
    // Both fit, to the last byte; a third does not.
    try await store.keep(kept("1"), to: key("c"), at: 3, within: bounds)
    #expect(try text(store, key("a"), at: 4) == nil)
    #expect(try text(store, key("b"), at: 4) == "1234")
    try await store.keep(kept("12345678901"), to: key("d"), at: 5, within: bounds)
    #expect(try text(store, key("d"), at: 6) == nil)
    #expect(try text(store, key("c"), at: 6) == "1")
    await store.close()
  }

  @Test(arguments: kinds) func theAnswersOfOneProviderAreForgottenAlone(kind: String) async throws {
    let store = try open(kind)
    try await store.keep(kept("a", by: "one"), to: key("a"), at: 1, within: plenty)
    try await store.keep(kept("b", by: "two"), to: key("b"), at: 1, within: plenty)
    #expect(try await store.clear(of: acme, provider: "one") == 1)
    #expect(try text(store, key("a")) == nil)
    #expect(try text(store, key("b")) == "b")
    #expect(try await store.clear(of: acme, provider: nil) == 1)
    #expect(try text(store, key("b")) == nil)
    await store.close()
  }

  @Test func hostsOnOneFileShareTheirAnswersAndForgetThemTogether() async throws {
    let (here, there) = (try open("sqlite"), try open("sqlite"))
    try await here.keep(kept("a"), to: key("a"), at: 1, within: plenty)
    #expect(try text(there, key("a")) == "a")
    #expect(try await there.clear(of: acme, provider: nil) == 1)
    #expect(try text(here, key("a")) == nil)
    await here.close()
    await there.close()
  }

  @Test func whatWasUsedLastIsKnownToTheNextHost() async throws {
    let bounds = AnswerBounds(entries: 2, bytes: 10_000)
    let first = try open("sqlite")
    try await first.keep(kept("a"), to: key("a"), at: 1, within: bounds)
    try await first.keep(kept("b"), to: key("b"), at: 2, within: bounds)
    _ = try text(first, key("a"), at: 3)
    await first.close()
    let second = try open("sqlite")
    try await second.keep(kept("c"), to: key("c"), at: 4, within: bounds)
    #expect(try text(second, key("a"), at: 5) == "a")
    #expect(try text(second, key("b"), at: 5) == nil)
    await second.close()
  }
}
