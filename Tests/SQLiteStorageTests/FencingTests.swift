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
    try await folder.open(busyMilliseconds: 30_000) { first in
      try await folder.open(busyMilliseconds: 30_000) { second in try await body(first, second, folder) }
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

  @Test func claimsOfManyRunsShareACommitAndEachIsGood() async throws {
    try await withTwoHosts { first, second, folder in
      let runs = (1...64 as ClosedRange<Int64>).map(run)
      try await first.append(runs.map { event(.runStarted, in: $0) }, .durable)
      let other = try OtherProgram(folder.file)
      other.execute("BEGIN IMMEDIATE")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for run in runs { group.addTask { try await second.claim(run, tenant: acme) } }
        while second.unwrittenClaims < 64 { await Task.yield() }
        other.execute("COMMIT")
        try await group.waitForAll()
      }
      #expect(second.commits <= 3)
      for run in runs {
        #expect(
          await failure { try await first.append([event(.runFinished, in: run)], .durable) } == .leaseLost)
      }
      try await second.append(runs.map { event(.runFinished, in: $0) }, .durable)
      for run in runs {
        let recorded = try #require(try await first.record(of: run, tenant: acme))
        #expect(recorded.events.map(\.fence) == [1, 2])
        try recorded.verify()
      }
    }
  }

  @Test func ofTwoHostsThatClaimARunAtOnceExactlyOneWritesIt() async throws {
    try await withTwoHosts { first, second, _ in
      for number in 1...32 as ClosedRange<Int64> {
        try await first.append([event(.runStarted, in: run(number))], .durable)
        async let one: Void = first.claim(run(number), tenant: acme)
        async let two: Void = second.claim(run(number), tenant: acme)
        _ = try await (one, two)
        let codes = await [
          failure { try await first.append([event(.agentStarted, in: run(number))], .durable) },
          failure { try await second.append([event(.agentStarted, in: run(number))], .durable) },
        ]
        #expect(codes.filter { $0 == nil }.count == 1 && codes.filter { $0 == .leaseLost }.count == 1)
        let recorded = try #require(try await first.record(of: run(number), tenant: acme))
        #expect(recorded.events.map(\.fence) == [1, 3])
        try recorded.verify()
      }
    }
  }

  @Test func whoClaimsARunLearnsWhetherItIsStillAsItWasRead() async throws {
    try await withTwoHosts { first, second, _ in
      try await first.append([event(.runStarted, in: run(1))], .durable)
      let read = try #require(try await second.record(of: run(1), tenant: acme))
      #expect(try await second.claim(read))
      // Claimed by somebody meanwhile, even where nothing was written.
      #expect(try await !second.claim(read))
      let again = try #require(try await second.record(of: run(1), tenant: acme))
      try await second.append([event(.agentStarted, in: run(1))], .durable)
      #expect(try await !second.claim(again))
      // By traces that are on their way, too.
      let newest = try #require(try await second.record(of: run(1), tenant: acme))
      try await second.append([event(.modelRequested, in: run(1))], .trace)
      #expect(try await !second.claim(newest))
      #expect(try await second.events(of: run(1), tenant: acme).map(\.fence) == [1, 3, 4])
    }
  }

  @Test func eventsThatWereAppendedBeforeAClaimHaveTheFenceOfBefore() async throws {
    try await withTwoHosts { first, _, _ in
      try await first.append([event(.runStarted, in: run(1))], .durable)
      try await first.append([event(.agentStarted, in: run(1))], .trace)
      try await first.claim(run(1), tenant: acme)
      try await first.append([event(.runFinished, in: run(1))], .durable)
      let recorded = try #require(try await first.record(of: run(1), tenant: acme))
      #expect(recorded.events.map(\.fence) == [1, 1, 2])
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
