import Storage
import TestSupport
import Testing
import ToolContracts

@Suite(.leavesNothingBehind)
struct EventChainTests {
  private func recorded(_ kind: JournalUnderTest) async throws -> RecordedRun {
    var recorded: RecordedRun?
    try await kind.open { journal in
      try await journal.append([event(.runStarted, in: run(1), #"{"name":"helpdesk"}"#)], .durable)
      try await journal.append(
        [
          event(.toolStarted, in: run(1), turn: 1, agent: "a", step: 1, #"{"n":1}"#),
          event(.toolFinished, in: run(1), turn: 1, agent: "a", step: 1, #"{"n":2}"#),
        ], .durable)
      recorded = try await journal.record(of: run(1), tenant: acme)
      #expect(try await journal.record(of: run(1), tenant: globex) == nil)
      #expect(try await journal.record(of: run(2), tenant: acme) == nil)
    }
    return try #require(recorded)
  }

  @Test(arguments: JournalUnderTest.allCases)
  func aRunComesWithADigestForEachEvent(_ kind: JournalUnderTest) async throws {
    let recorded = try await recorded(kind)
    #expect(recorded.events.map(\.fence) == [1, 1, 1])
    #expect(recorded.digests.count == 3 && recorded.undigested == 0)
    #expect(recorded.summary.eventCount == 3 && recorded.summary.name == "helpdesk")
    try recorded.verify()
  }

  @Test func allJournalsComputeTheSameDigests() async throws {
    #expect(try await recorded(.memory).digests == (try await recorded(.sqlite)).digests)
  }

  /// Computed with sha256sum from what docs/journal.md says.
  @Test func theDigestIsTheDocumentedOne() {
    var first = event(.runStarted, in: run(1), time: 5, #"{"name":"x"}"#)
    first.fence = 1
    var second = event(
      .toolFinished, in: run(1), time: 1_769_760_000_123_456_789, turn: 12, agent: "a", step: 305, "{}")
    second.fence = 40
    var chain = EventChain()
    #expect(
      chain.append(first).description == "ee2335afdb73963453af69334957e534da58e878a2997c2893b597c98faab9c9")
    #expect(
      chain.append(second).description == "477e90ac905d46684fbfdf93cf997eb9fcca1a2002ba56205e470460e4184731")
    #expect(chain.head.flatMap { EventDigest($0.description) } == chain.head)
  }

  @Test func whateverIsChangedIsFoundAtTheFirstEventThatIsNotAsItWas() async throws {
    let whole = try await recorded(.sqlite)
    func found(_ change: (inout RecordedRun) -> Void) -> BrokenChain? {
      var changed = whole
      change(&changed)
      do throws(BrokenChain) {
        try changed.verify()
        return nil
      } catch { return error }
    }
    let changes: [(inout JournalEvent) -> Void] = [
      { $0.time += 1 }, { $0.tenant = globex }, { $0.run = run(2) }, { $0.turn += 1 }, { $0.agent += "x" },
      { $0.kind = .toolRejected }, { $0.step = nil }, { $0.fence += 1 }, { $0.data[0] ^= 1 },
    ]
    for change in changes {
      #expect(found { change(&$0.events[1]) }?.sequence == whole.events[1].sequence)
    }
    #expect(found { $0.digests[2] = nil }?.sequence == whole.events[2].sequence)
    #expect(
      found {
        $0.events.swapAt(1, 2)
        $0.digests.swapAt(1, 2)
      }?.sequence == whole.events[2].sequence)
    // The end is not an event: nothing that is left says that it is missing, but the run's own row.
    #expect(
      found {
        $0.events.removeLast()
        $0.digests.removeLast()
      } != nil)
    #expect(
      found {
        $0.events.removeLast()
        $0.digests.removeLast()
        $0.summary.eventCount -= 1
      } != nil)
  }

  @Test func textThatIsNoDigestIsNone() {
    #expect(EventDigest("") == nil)
    #expect(EventDigest(String(repeating: "g", count: 64)) == nil)
    #expect(EventDigest(String(repeating: "A", count: 64)) == nil)
    #expect(EventDigest(bytes: [1, 2, 3]) == nil)
  }
}
