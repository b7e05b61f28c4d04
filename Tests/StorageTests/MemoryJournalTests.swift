import Storage
import Testing
import ToolContracts

struct MemoryJournalTests {
  @Test func withALimitTheOldestRunsAreForgottenWhole() async throws {
    let journal = MemoryJournal(maxEvents: 5)
    for number in 1...4 as ClosedRange<Int64> {
      try await journal.append(
        [event(.runStarted, in: run(number)), event(.runFinished, in: run(number))], .trace)
    }
    #expect(try await journal.runs(tenant: acme, limit: 9, before: nil).map(\.run) == [run(4), run(3)])
    #expect(try await journal.events(of: run(2), tenant: acme).isEmpty)
  }

  @Test func theNewestRunIsKeptHoweverLongItGrows() async throws {
    let journal = MemoryJournal(maxEvents: 3)
    for _ in 0..<10 { try await journal.append([event(.agentStarted, in: run(1))], .trace) }
    #expect(try await journal.events(of: run(1), tenant: acme).count == 10)
    for number in 2...1000 as ClosedRange<Int64> {
      try await journal.append([event(.runStarted, in: run(number))], .trace)
    }
    #expect(
      try await journal.runs(tenant: acme, limit: 9, before: nil).map(\.run) == [
        run(1000), run(999), run(998),
      ])
  }
}
