import Storage
import TestSupport
import Testing
import ToolContracts

@Suite(.leavesNothingBehind)
struct MemoryJournalTests {
  @Test(arguments: [false, true])
  func withALimitTheOldestRunsAreForgottenWhole(readingBetween: Bool) async throws {
    let journal = MemoryJournal(maxEvents: 5)
    for number in 1...4 as ClosedRange<Int64> {
      try await journal.append(
        [event(.runStarted, in: run(number)), event(.runFinished, in: run(number))], .trace)
      if readingBetween { _ = try await journal.events(of: run(1), tenant: acme) }
    }
    #expect(try await journal.runs(tenant: acme, limit: 9, before: nil).map(\.run) == [run(4), run(3)])
    #expect(try await journal.events(of: run(2), tenant: acme).isEmpty)
    #expect(try await journal.events(of: run(4), tenant: acme).map(\.sequence) == [7, 8])
  }

  @Test func theRestOfAForgottenRunIsNotTakenForARun() async throws {
    let journal = MemoryJournal(maxEvents: 10)
    try await journal.append([event(.runStarted, in: run(1))], .trace)
    for number in 2...5000 as ClosedRange<Int64> {
      try await journal.append([event(.toolCalled, in: run(number))], .trace)
      try await journal.append([event(.toolCalled, in: run(1), turn: 1, agent: "triage")], .trace)
    }
    let listed = try await journal.runs(tenant: acme, limit: 100, before: nil).map(\.run)
    #expect(listed == [run(5000), run(4999), run(4998), run(4997), run(4996)])
  }
}
