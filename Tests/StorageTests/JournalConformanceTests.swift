import Storage
import TestSupport
import Testing
import ToolContracts

/// What the port promises, asked of every journal.
@Suite(.leavesNothingBehind)
struct JournalConformanceTests {
  @Test(arguments: JournalUnderTest.allCases)
  func eventsComeBackAsTheyWereWritten(_ kind: JournalUnderTest) async throws {
    try await kind.open { journal in
      let written = [
        event(.runStarted, in: run(1), time: 1_773_144_000_250_999_999, #"{"name":"help\u0000desk"}"#),
        event(
          .toolCalled, in: run(1), time: -1, turn: 3, agent: "Ägent", step: 0, #"{"tool":"calc.evaluate"}"#),
        event(
          .toolFinished, in: run(1), turn: .max, agent: "a", step: .max, #"{"text":"☃ \"quoted\" ' ; --"}"#),
      ]
      try await journal.append([written[0]], .durable)
      try await journal.append(Array(written[1...]), .durable)
      var read = try await journal.events(of: run(1), tenant: acme)
      #expect(read.map(\.sequence) == [1, 2, 3])
      for index in read.indices { (read[index].sequence, read[index].fence) = (0, 0) }
      #expect(read == written)
    }
  }

  @Test(arguments: JournalUnderTest.allCases)
  func everyKindOfEventCanBeStored(_ kind: JournalUnderTest) async throws {
    try await kind.open { journal in
      try await journal.append(JournalEvent.Kind.allCases.map { event($0, in: run(1)) }, .durable)
      #expect(try await journal.events(of: run(1), tenant: acme).map(\.kind) == JournalEvent.Kind.allCases)
    }
  }

  @Test(arguments: JournalUnderTest.allCases)
  func whatWasTracedIsReadable(_ kind: JournalUnderTest) async throws {
    try await kind.open { journal in
      try await journal.append([event(.runStarted, in: run(1))], .trace)
      try await journal.append([event(.agentStarted, in: run(1))], .trace)
      #expect(try await journal.events(of: run(1), tenant: acme).map(\.kind) == [.runStarted, .agentStarted])
    }
  }

  @Test(arguments: JournalUnderTest.allCases)
  func sequencesRiseWithinARunWhileOthersWrite(_ kind: JournalUnderTest) async throws {
    try await kind.open { journal in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 1...8 {
          group.addTask {
            for turn in 0..<50 {
              try await journal.append(
                [
                  event(.toolCalled, in: run(Int64(number)), turn: UInt32(turn)),
                  event(.toolFinished, in: run(Int64(number)), turn: UInt32(turn)),
                ],
                turn % 3 == 0 ? .trace : .durable)
            }
          }
        }
        try await group.waitForAll()
      }
      var all: Set<Int64> = []
      for number in 1...8 {
        let events = try await journal.events(of: run(Int64(number)), tenant: acme)
        #expect(events.map(\.turn) == (0..<50).flatMap { [UInt32($0), UInt32($0)] })
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.sequence < $1.sequence })
        for pair in 0..<50 { #expect(events[2 * pair].sequence + 1 == events[2 * pair + 1].sequence) }
        all.formUnion(events.map(\.sequence))
      }
      #expect(all.count == 800)
    }
  }

  @Test(arguments: JournalUnderTest.allCases)
  func aRunOfAnotherTenantReadsAsMissing(_ kind: JournalUnderTest) async throws {
    try await kind.open { journal in
      try await journal.append([event(.runStarted, in: run(1), #"{"name":"ours"}"#)], .durable)
      try await journal.append(
        [event(.runStarted, in: run(1), tenant: globex, #"{"name":"theirs"}"#)], .durable)
      try await journal.append(
        [event(.runStarted, in: run(2), tenant: globex, #"{"name":"theirs"}"#)], .durable)
      #expect(try await journal.events(of: run(2), tenant: acme).isEmpty)
      #expect(try await journal.events(of: run(1), tenant: acme).map(\.tenant) == [acme])
      #expect(try await journal.runs(tenant: acme, limit: 10, before: nil).map(\.name) == ["ours"])
    }
  }

  @Test(arguments: JournalUnderTest.allCases)
  func runsAreListedNewestFirstAndPagedByTheirIdentifier(_ kind: JournalUnderTest) async throws {
    try await kind.open { journal in
      for number in [3, 1, 5, 2, 4] as [Int64] {
        try await journal.append([event(.runStarted, in: run(number), #"{"name":"n\#(number)"}"#)], .durable)
      }
      func names(_ limit: Int, before: RunID?) async throws -> [String] {
        try await journal.runs(tenant: acme, limit: limit, before: before).map(\.name)
      }
      #expect(try await names(2, before: nil) == ["n5", "n4"])
      #expect(try await names(2, before: run(4)) == ["n3", "n2"])
      #expect(try await names(10, before: run(2)) == ["n1"])
      #expect(try await names(10, before: run(1)) == [])
      #expect(try await names(0, before: nil) == [])
      #expect(try await names(-1, before: nil) == [])
    }
  }

  @Test(arguments: JournalUnderTest.allCases)
  func unfinishedRunsAreListedAloneAndInTheSamePages(_ kind: JournalUnderTest) async throws {
    try await kind.open { journal in
      for number in 1...6 as ClosedRange<Int64> {
        try await journal.append([event(.runStarted, in: run(number))], .durable)
        if number % 3 == 0 { try await journal.append([event(.runFinished, in: run(number))], .durable) }
      }
      try await journal.append([event(.runStarted, in: run(7), tenant: globex)], .durable)
      try await journal.append([event(.toolFinished, in: run(5), #"{"status":"in_doubt"}"#)], .durable)
      func listed(_ limit: Int, before: RunID?) async throws -> [RunID] {
        try await journal.unfinishedRuns(tenant: acme, limit: limit, before: before).map(\.run)
      }
      #expect(try await listed(10, before: nil) == [run(5), run(4), run(2), run(1)])
      #expect(try await listed(2, before: run(5)) == [run(4), run(2)])
      #expect(try await listed(0, before: nil) == [])
    }
  }

  @Test(arguments: JournalUnderTest.allCases)
  func whatEndedLongAgoIsRemovedWithAllItsEventsTheOldestFirst(_ kind: JournalUnderTest) async throws {
    try await kind.open { journal in
      for number in 1...5 as ClosedRange<Int64> {
        try await journal.append([event(.runStarted, in: run(number), time: 1)], .durable)
        if number != 2 {
          try await journal.append([event(.runFinished, in: run(number), time: number * 10)], .durable)
        }
      }
      try await journal.append(
        [event(.runStarted, in: run(1), tenant: globex), event(.runFinished, in: run(1), tenant: globex)],
        .durable)
      func remove(before moment: Int64, _ limit: Int) async throws -> Int {
        try await journal.removeRuns(of: acme, endedBefore: moment, limit: limit)
      }
      #expect(try await remove(before: 10, 9) == 0)
      #expect(try await remove(before: 50, 2) == 2)
      func left() async throws -> [RunID] {
        try await journal.runs(tenant: acme, limit: 9, before: nil).map(\.run)
      }
      #expect(try await left() == [run(5), run(4), run(2)])
      #expect(try await remove(before: 50, 2) == 1)
      #expect(try await left() == [run(5), run(2)])
      #expect(try await journal.events(of: run(1), tenant: acme).isEmpty)
      #expect(try await journal.events(of: run(1), tenant: globex).count == 2)
      // What is left is as it was, and goes on.
      try await journal.append([event(.runFinished, in: run(2), time: 99)], .durable)
      try await journal.record(of: run(2), tenant: acme)?.verify()
      // A name that is free again names a new run.
      try await journal.append([event(.runStarted, in: run(3), time: 7)], .durable)
      #expect(try await journal.record(of: run(3), tenant: acme)?.events.count == 1)
      try await journal.record(of: run(3), tenant: acme)?.verify()
      try await journal.check()
    }
  }

  @Test(arguments: JournalUnderTest.allCases)
  func aSummaryFollowsItsRunAcrossAppends(_ kind: JournalUnderTest) async throws {
    try await kind.open { journal in
      func summary() async throws -> RunSummary? {
        try await journal.runs(tenant: acme, limit: 1, before: nil).first
      }
      try await journal.append([event(.runStarted, in: run(1), time: 10, #"{"name":"helpdesk"}"#)], .durable)
      try await journal.append([event(.runLimitReached, in: run(1), time: 20)], .trace)
      #expect(
        try await summary()
          == RunSummary(
            run: run(1), tenant: acme, name: "helpdesk", status: .open, started: 10, finished: nil,
            eventCount: 2, byteCount: 21))
      try await journal.append([event(.runFinished, in: run(1), time: 30)], .durable)
      #expect(
        try await summary()
          == RunSummary(
            run: run(1), tenant: acme, name: "helpdesk", status: .limitReached, started: 10, finished: 30,
            eventCount: 3, byteCount: 23))
    }
  }

  @Test(arguments: JournalUnderTest.allCases)
  func thoseThatEndedLastAreKeptAsManyAsThereIsRoomFor(_ kind: JournalUnderTest) async throws {
    try await kind.open { journal in
      // Begun in one order, ended in another; of 2, 4 and 6 bytes.
      for (number, end, size) in [(1, 30, 2), (2, 10, 4), (3, 20, 6)] as [(Int64, Int64, Int)] {
        let data = "{\(String(repeating: " ", count: size - 2))}"
        try await journal.append(
          [
            event(.runStarted, in: run(number), time: number, ""),
            event(.runFinished, in: run(number), time: end, data),
          ], .durable)
      }
      try await journal.append([event(.runStarted, in: run(4), time: 5, "{}")], .durable)
      func newestEnd(_ count: Int?, _ bytes: Int?) async throws -> Int64? {
        try await journal.newestEnd(of: acme, beyond: count, bytes: bytes)
      }
      #expect(try await newestEnd(3, nil) == nil)
      #expect(try await newestEnd(2, nil) == 10)
      #expect(try await newestEnd(0, nil) == 30)
      #expect(try await newestEnd(nil, 12) == nil)
      #expect(try await newestEnd(nil, 11) == 10)
      #expect(try await newestEnd(nil, 7) == 20)
      #expect(try await newestEnd(nil, 1) == 30)
      #expect(try await newestEnd(1, 11) == 20)
      #expect(try await journal.newestEnd(of: globex, beyond: 0, bytes: 0) == nil)
      // What is removed first is what ended first.
      #expect(try await journal.removeRuns(of: acme, endedBefore: 31, limit: 1) == 1)
      let left = try await journal.runs(tenant: acme, limit: 9, before: nil).map(\.run)
      #expect(left == [run(4), run(3), run(1)])
    }
  }

  @Test(arguments: JournalUnderTest.allCases)
  func everyEventSaysWhichClaimOfItsRunWroteIt(_ kind: JournalUnderTest) async throws {
    try await kind.open { journal in
      try await journal.append([event(.runStarted, in: run(1)), event(.runStarted, in: run(2))], .trace)
      try await journal.claim(run(1), tenant: acme)
      try await journal.append([event(.agentStarted, in: run(1)), event(.agentStarted, in: run(2))], .trace)
      try await journal.claim(run(1), tenant: acme)
      // Neither of these is there to be claimed.
      try await journal.claim(run(1), tenant: globex)
      try await journal.claim(run(3), tenant: acme)
      try await journal.append([event(.agentFinished, in: run(1)), event(.runStarted, in: run(3))], .durable)
      #expect(try await journal.events(of: run(1), tenant: acme).map(\.fence) == [1, 2, 3])
      #expect(try await journal.events(of: run(2), tenant: acme).map(\.fence) == [1, 1])
      #expect(try await journal.events(of: run(3), tenant: acme).map(\.fence) == [1])
    }
  }

  @Test(arguments: JournalUnderTest.allCases)
  func aClosedJournalRefusesEverything(_ kind: JournalUnderTest) async throws {
    try await kind.open { journal in
      await journal.close()
      await journal.close()
      let closed = StorageFailure.Code.closed
      for durability in [Durability.durable, .trace] {
        let refusal = await failure { try await journal.append([event(.runStarted, in: run(1))], durability) }
        #expect(refusal == closed)
      }
      #expect(await failure { _ = try await journal.events(of: run(1), tenant: acme) } == closed)
      #expect(await failure { _ = try await journal.record(of: run(1), tenant: acme) } == closed)
      #expect(await failure { try await journal.claim(run(1), tenant: acme) } == closed)
      #expect(await failure { _ = try await journal.runs(tenant: acme, limit: 1, before: nil) } == closed)
    }
  }
}
