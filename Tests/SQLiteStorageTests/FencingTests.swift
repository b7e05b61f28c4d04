import Glibc
import Storage
import Telemetry
import TestSupport
import Testing
import ToolContracts

@testable import SQLiteStorage

/// Two hosts with one file: what becomes of the one that does not know yet that it has lost a run.
@Suite(.leavesNothingBehind)
struct FencingTests {
  private func withTwoHosts(_ body: (SQLiteJournal, SQLiteJournal, JournalFolder) async throws -> Void)
    async throws
  {
    let folder = JournalFolder()
    try await folder.open { first in
      try await folder.open { second in try await body(first, second, folder) }
    }
  }

  @Test func whoLostARunCannotWriteOneMoreEventOfIt() async throws {
    try await withTwoHosts { first, second, _ in
      try await first.append([event(.runStarted, in: run(1))], .durable)
      try await second.claim(run(1), tenant: acme)
      for kind in [JournalEvent.Kind.toolStarted, .toolFinished, .runFinished] {
        #expect(await failure { try await first.append([event(kind, in: run(1))], .durable) } == .leaseLost)
      }
      try await second.append([event(.agentStarted, in: run(1))], .durable)
      #expect(
        await failure { try await first.append([event(.runFinished, in: run(1))], .durable) } == .leaseLost)
      try await second.append([event(.runFinished, in: run(1))], .durable)
      let recorded = try #require(try await first.record(of: run(1), tenant: acme))
      #expect(recorded.events.map(\.kind) == [.runStarted, .agentStarted, .runFinished])
      #expect(recorded.events.map(\.fence) == [1, 2, 2])
      try recorded.verify()
    }
  }

  @Test func whoClaimsItBackGoesOnFromWhatTheOtherWrote() async throws {
    try await withTwoHosts { first, second, _ in
      try await first.append([event(.runStarted, in: run(1))], .durable)
      try await second.claim(run(1), tenant: acme)
      try await second.append([event(.agentStarted, in: run(1))], .durable)
      try await first.claim(run(1), tenant: acme)
      #expect(
        await failure { try await second.append([event(.runFinished, in: run(1))], .durable) } == .leaseLost)
      try await first.append([event(.agentFinished, in: run(1))], .durable)
      let recorded = try #require(try await second.record(of: run(1), tenant: acme))
      #expect(recorded.events.map(\.fence) == [1, 2, 3])
      try recorded.verify()
    }
  }

  @Test func aLostRunHoldsUpNoOther() async throws {
    try await withTwoHosts { first, second, folder in
      try await first.append([event(.runStarted, in: run(1)), event(.runStarted, in: run(2))], .durable)
      try await second.claim(run(1), tenant: acme)
      // Held up together, so that all of them come into one transaction.
      let other = try OtherProgram(folder.file)
      other.execute("BEGIN IMMEDIATE")
      let answers = await withTaskGroup(of: (Int64, StorageFailure.Code?).self) { group in
        for number in 1...4 as ClosedRange<Int64> {
          group.addTask {
            (
              number,
              await failure { try await first.append([event(.agentStarted, in: run(number))], .durable) }
            )
          }
        }
        while first.unwrittenEvents < 4 { await Task.yield() }
        other.execute("COMMIT")
        return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
      }
      #expect(answers == [1: .leaseLost])
      #expect(try await first.events(of: run(1), tenant: acme).count == 1)
      for number in 2...4 as ClosedRange<Int64> {
        let recorded = try #require(try await first.record(of: run(number), tenant: acme))
        #expect(recorded.events.last?.kind == .agentStarted)
        try recorded.verify()
      }
    }
  }
}
