import Locking
import Storage
import TestSupport
import Testing
import ToolContracts

@testable import SQLiteStorage

// A time limit, because what is waited for here may never come.
@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind)
struct GroupCommitTests {
  @Test func callersThatWaitTogetherShareACommit() async throws {
    let folder = JournalFolder()
    try await folder.open(busyMilliseconds: 30_000) { journal in
      let other = try OtherProgram(folder.file)
      // While somebody else has the lock, appends pile up behind those that the writer has taken.
      other.execute("BEGIN IMMEDIATE")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 1...64 as ClosedRange<Int64> {
          group.addTask { try await journal.append([event(.runStarted, in: run(number))], .durable) }
        }
        while journal.unwrittenEvents < 64 { await Task.yield() }
        other.execute("COMMIT")
        try await group.waitForAll()
      }
      #expect(journal.commits <= 3)
      #expect(try await journal.runs(tenant: acme, limit: 100, before: nil).count == 64)
    }
  }

  @Test func aFailedCommitIsToldToEachOfItsCallersAndToNobodyElse() async throws {
    let folder = JournalFolder()
    try await folder.open(busyMilliseconds: 200) { journal in
      let other = try OtherProgram(folder.file)
      other.execute("BEGIN IMMEDIATE")
      let codes = await withTaskGroup(of: StorageFailure.Code?.self) { group in
        for number in 1...8 as ClosedRange<Int64> {
          group.addTask {
            await failure { try await journal.append([event(.runStarted, in: run(number))], .durable) }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(codes.allSatisfy { $0 == .locked } && codes.count == 8)
      other.execute("COMMIT")
      try await journal.append([event(.runStarted, in: run(9))], .durable)
      #expect(try await journal.runs(tenant: acme, limit: 100, before: nil).map(\.run) == [run(9)])
    }
  }

  @Test func readingARunWaitsForWhatIsOnItsWayOfItAndNotForOthers() async throws {
    let folder = JournalFolder()
    try await folder.open { journal in
      try await journal.append([event(.runStarted, in: run(1))], .durable)
      let commits = journal.commits
      let other = try OtherProgram(folder.file)
      // As long as somebody else has the lock nothing can be written.
      other.execute("BEGIN IMMEDIATE")
      try await journal.append([event(.runStarted, in: run(2))], .trace)
      #expect(try await journal.events(of: run(1), tenant: acme).count == 1)
      #expect(journal.commits == commits && journal.unwrittenEvents == 1)
      other.execute("COMMIT")
      #expect(try await journal.events(of: run(2), tenant: acme).count == 1)
    }
  }

  @Test func callersThatComeBackTogetherShareTheNextCommitToo() async throws {
    let folder = JournalFolder()
    try await folder.open { journal in
      await withTaskGroup(of: Void.self) { group in
        for number in 1...8 as ClosedRange<Int64> {
          group.addTask {
            for _ in 1...20 {
              _ = try? await journal.append([event(.agentStarted, in: run(number))], .durable)
            }
          }
        }
      }
      // How many of them meet depends on the machine; that nothing is lost or out of order does not.
      for number in 1...8 as ClosedRange<Int64> {
        let recorded = try #require(try await journal.record(of: run(number), tenant: acme))
        #expect(recorded.events.count == 20)
        try recorded.verify()
      }
      #expect(journal.commits <= 160)
    }
  }

  @Test func tracesAreWrittenWithoutAnybodyWaiting() async throws {
    let folder = JournalFolder()
    try await folder.open { journal in
      let other = try OtherProgram(folder.file)
      // Where nothing happened for a while, and just after a commit.
      for count in [1, 3] {
        try await journal.append([event(.agentStarted, in: run(1))], .trace)
        while other.rows("SELECT seq FROM events").count < count { await Task.yield() }
        try await journal.append([event(.agentFinished, in: run(1))], .durable)
      }
    }
  }
}
