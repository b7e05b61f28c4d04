import Storage
import TestSupport
import Testing
import ToolContracts

/// Conversations as journals list and keep them.
@Suite(.leavesNothingBehind)
struct ConversationJournalTests {
  private func conversation(_ number: Int64) -> ConversationID { ConversationID(run(1000 + number)) }

  /// A turn from `number` to `number + 5` nanoseconds.
  private func turn(
    _ number: Int64, of conversation: ConversationID, user: String = "ada", tenant: TenantID = acme,
    ended: Bool = true
  ) -> [JournalEvent] {
    let start = #"{"name":"help","input":"?","user":"\#(user)","conversation":"\#(conversation)"}"#
    let events = [event(.runStarted, in: run(number), tenant: tenant, time: number, start)]
    return ended ? events + [event(.runFinished, in: run(number), tenant: tenant, time: number + 5)] : events
  }

  @Test(arguments: JournalUnderTest.allCases)
  func conversationsAreToldByTheirRunsOnlyToTheirTenant(_ kind: JournalUnderTest) async throws {
    try await kind.open { journal in
      try await journal.append(turn(10, of: conversation(1)), .durable)
      try await journal.append(turn(20, of: conversation(1), ended: false), .durable)
      try await journal.append(turn(15, of: conversation(2), user: ""), .durable)
      try await journal.append(turn(16, of: conversation(3), tenant: globex), .durable)
      try await journal.append([event(.runStarted, in: run(30))], .durable)
      let all = try await journal.conversations(tenant: acme, user: nil, limit: 9, before: nil)
      #expect(all.map(\.id) == [conversation(2), conversation(1)])
      #expect(all.map(\.user) == ["", "ada"] && all.map(\.turns) == [1, 2])
      #expect(all[1].started == 10 && all[1].lastActive == 20)
      #expect(all[1].newest?.run == run(20) && all[1].newest?.status == .open)
      let runs = try await journal.runs(of: conversation(1), tenant: acme)
      #expect(runs.map(\.run) == [run(10), run(20)])
      #expect(try await journal.runs(of: conversation(1), tenant: globex).isEmpty)
      #expect(try await journal.runs(of: conversation(3), tenant: acme).isEmpty)
    }
  }

  @Test(arguments: JournalUnderTest.allCases)
  func conversationsArePagedAndAskedForByUser(_ kind: JournalUnderTest) async throws {
    try await kind.open { journal in
      for number in 1...5 as ClosedRange<Int64> {
        try await journal.append(
          turn(number, of: conversation(number), user: number == 3 ? "bob" : "ada"), .durable)
      }
      func page(_ limit: Int, before: Int64? = nil, user: String? = nil) async throws -> [ConversationID] {
        try await journal.conversations(
          tenant: acme, user: user, limit: limit, before: before.map { conversation($0) }
        ).map(\.id)
      }
      #expect(try await page(2) == [conversation(5), conversation(4)])
      #expect(try await page(2, before: 4) == [conversation(3), conversation(2)])
      #expect(try await page(2, before: 2) == [conversation(1)])
      #expect(try await page(9, user: "bob") == [conversation(3)])
      #expect(try await page(0) == [])
    }
  }

  @Test(arguments: JournalUnderTest.allCases)
  func aTurnThatWasTakenBackIsNoTurnAnyMore(_ kind: JournalUnderTest) async throws {
    try await kind.open { journal in
      try await journal.append(turn(10, of: conversation(1)), .durable)
      try await journal.append(turn(20, of: conversation(1)), .durable)
      try await journal.append([event(.turnWithdrawn, in: run(20), time: 40)], .durable)
      let found = try #require(
        try await journal.conversations(tenant: acme, user: nil, limit: 1, before: nil).first)
      #expect(found.turns == 1 && found.newest?.run == run(10) && found.lastActive == 25)
      #expect(try await journal.runs(tenant: acme, limit: 1, before: nil).map(\.status) == [.withdrawn])
      try await journal.record(of: run(20), tenant: acme)?.verify()
    }
  }

  @Test(arguments: JournalUnderTest.allCases)
  func aConversationIsRemovedOnlyOnceAllOfItIsOld(_ kind: JournalUnderTest) async throws {
    try await kind.open { journal in
      try await journal.append(turn(10, of: conversation(1)), .durable)
      try await journal.append(turn(80, of: conversation(1)), .durable)
      try await journal.append(turn(11, of: conversation(2)), .durable)
      try await journal.append(turn(12, of: conversation(3)), .durable)
      try await journal.append(turn(13, of: conversation(3), ended: false), .durable)
      func remove(before moment: Int64) async throws -> Int {
        try await journal.removeRuns(of: acme, endedBefore: moment, limit: 9)
      }
      #expect(try await remove(before: 50) == 1)
      let left = try await journal.conversations(tenant: acme, user: nil, limit: 9, before: nil)
      #expect(left.map(\.id) == [conversation(3), conversation(1)] && left.map(\.turns) == [2, 2])
      #expect(try await remove(before: 90) == 2)
    }
  }

  @Test(arguments: JournalUnderTest.allCases)
  func aConversationComesBackFromItsExportAsItWas(_ kind: JournalUnderTest) async throws {
    var exported: [UInt8] = []
    try await JournalUnderTest.sqlite.open { journal in
      for number in [10, 20] as [Int64] {
        try await journal.append(turn(number, of: conversation(1)), .durable)
      }
      var runs: [RecordedRun] = []
      for number in [10, 20] as [Int64] {
        runs.append(try #require(try await journal.record(of: run(number), tenant: acme)))
      }
      exported = RecordedConversation(conversation(1), tenant: acme, runs: runs).ndjson
    }
    let read = try RecordedConversation(ndjson: exported)
    try await kind.open { journal in
      for run in read.runs {
        try run.verify()
        try await journal.restore(run)
      }
      #expect(try await journal.runs(of: conversation(1), tenant: acme).map(\.run) == [run(10), run(20)])
    }
  }

  @Test func whatIsNoWholeConversationIsRefused() async throws {
    func line(_ data: [UInt8]) -> Int? {
      do {
        _ = try RecordedConversation(ndjson: data)
        return nil
      } catch { return error.line }
    }
    var runs: [RecordedRun] = []
    try await JournalUnderTest.memory.open { journal in
      try await journal.append(turn(10, of: conversation(1)), .durable)
      try await journal.append(turn(20, of: conversation(2)), .durable)
      for number in [10, 20] as [Int64] {
        runs.append(try #require(try await journal.record(of: run(number), tenant: acme)))
      }
    }
    func export(_ runs: [RecordedRun]) -> [UInt8] {
      RecordedConversation(conversation(1), tenant: acme, runs: runs).ndjson
    }
    let whole = export([runs[0]])
    #expect(line(whole) == nil)
    #expect(line([]) == 1)
    #expect(line(runs[0].ndjson) == 1)
    // A run of another conversation, beginning on the fifth line.
    #expect(line(export(runs)) == 5)
    // The last event is missing, and then the whole run.
    let lines = whole.split(separator: UInt8(ascii: "\n"))
    #expect(line(Array(lines.dropLast().joined(separator: [UInt8(ascii: "\n")]))) == 3)
    #expect(line(Array(lines[0])) == 1)
  }
}
