import Storage
import Testing
import ToolContracts

@Suite(.timeLimit(.minutes(1)))
struct RunRetentionTests {
  private let tenant = TenantID("acme")!

  private func run(_ number: Int64) -> RunID { RunID(milliseconds: number, randomness: UInt128(number)) }

  /// - Parameter end: nil: it goes on.
  private func append(
    _ number: Int64, end: Int64?, conversation: ConversationID? = nil, to journal: MemoryJournal
  ) async throws {
    let data = conversation.map { #"{"name":"a","conversation":"\#($0)"}"# } ?? #"{"name":"a"}"#
    var events = [
      JournalEvent(
        time: number, tenant: tenant, run: run(number), kind: .runStarted, data: Array(data.utf8))
    ]
    if let end {
      events.append(
        JournalEvent(
          time: end, tenant: tenant, run: run(number), kind: .runFinished,
          data: Array(#"{"outcome":"succeeded"}"#.utf8)))
    }
    try await journal.append(events, .durable)
  }

  private func removed(_ retention: RunRetention, from journal: MemoryJournal, now: Int64) async throws -> Int
  {
    guard let moment = try await journal.endOfRetention(retention, of: tenant, now: now) else { return 0 }
    let told = try await journal.removableRuns(of: tenant, endedBefore: moment)
    let removed = try await journal.removeRuns(of: tenant, endedBefore: moment, limit: .max)
    #expect(told.runs == removed)
    return removed
  }

  @Test func thoseThatEndedLastAreKeptAndWhatHasNotEndedDoesNotCount() async throws {
    let journal = MemoryJournal()
    for (number, end) in [(1, 90), (2, nil), (3, 70), (4, 80)] as [(Int64, Int64?)] {
      try await append(number, end: end, to: journal)
    }
    #expect(try await removed(RunRetention(count: 3), from: journal, now: 100) == 0)
    #expect(try await removed(RunRetention(count: 1), from: journal, now: 100) == 2)
    let left = try await journal.runs(tenant: tenant, limit: 9, before: nil).map(\.run)
    #expect(left == [run(2), run(1)])
    #expect(try await removed(RunRetention(count: 0), from: journal, now: 100) == 1)
    #expect(try await journal.runs(tenant: tenant, limit: 9, before: nil).map(\.run) == [run(2)])
  }

  @Test func ageAndNumberHoldBoth() async throws {
    let journal = MemoryJournal()
    for number in 1...4 as ClosedRange<Int64> { try await append(number, end: 10 * number, to: journal) }
    // By age the first would go, by number the first two.
    #expect(try await removed(RunRetention(nanoseconds: 85, count: 2), from: journal, now: 100) == 2)
    // And the other way round.
    #expect(try await removed(RunRetention(nanoseconds: 65, count: 2), from: journal, now: 100) == 1)
    #expect(try await removed(RunRetention(nanoseconds: .max), from: journal, now: 100) == 0)
    #expect(try await removed(RunRetention(), from: journal, now: 100) == 0)
  }

  @Test func whatIsHeldTogetherHoldsBesideAgeAndNumber() async throws {
    let journal = MemoryJournal()
    for number in 1...5 as ClosedRange<Int64> { try await append(number, end: 10 * number, to: journal) }
    let each = try #require(try await journal.runs(tenant: tenant, limit: 1, before: nil).first).byteCount
    #expect(try await removed(RunRetention(bytes: 5 * each), from: journal, now: 100) == 0)
    #expect(try await removed(RunRetention(count: 5, bytes: 5 * each - 1), from: journal, now: 100) == 1)
    #expect(try await removed(RunRetention(count: 2, bytes: 4 * each), from: journal, now: 100) == 2)
    #expect(try await removed(RunRetention(nanoseconds: 55, bytes: each), from: journal, now: 100) == 1)
    #expect(try await removed(RunRetention(bytes: 0), from: journal, now: 100) == 1)
  }

  @Test func aTurnStaysAsLongAsOneOfItsConversationDoes() async throws {
    let journal = MemoryJournal()
    let conversation = try #require(ConversationID(run(1).description))
    try await append(1, end: 10, conversation: conversation, to: journal)
    try await append(2, end: 20, to: journal)
    try await append(3, end: nil, conversation: conversation, to: journal)
    #expect(try await removed(RunRetention(count: 0), from: journal, now: 100) == 1)
    #expect(try await journal.runs(tenant: tenant, limit: 9, before: nil).map(\.run) == [run(3), run(1)])
  }
}
