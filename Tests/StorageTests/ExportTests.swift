import JSONCodec
import Storage
import TestSupport
import Testing
import ToolContracts

/// A run outside of its journal.
@Suite(.leavesNothingBehind)
struct ExportTests {
  /// Claimed twice, with everything in its events that a line must carry.
  private func recorded(by kind: JournalUnderTest) async throws -> RecordedRun {
    var recorded: RecordedRun?
    try await kind.open { journal in
      try await journal.append(
        [event(.runStarted, in: run(1), time: 1_999_999, #"{"name":"help\u0000desk"}"#)], .durable)
      try await journal.claim(run(1), tenant: acme)
      try await journal.append(
        [
          event(
            .toolStarted, in: run(1), time: -5, turn: 1, agent: "Ägent \"a\"", step: 1, "{\"n\":\r\n[1,\n2]}"),
          event(.toolFinished, in: run(1), turn: .max, step: .max, #"{"status":"in_doubt"}"#),
        ], .durable)
      try await journal.claim(run(1), tenant: acme)
      recorded = try await journal.record(of: run(1), tenant: acme)
    }
    return try #require(recorded)
  }

  private func lines(_ run: RecordedRun) -> [String] {
    String(decoding: run.ndjson, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test func whatIsExportedComesBackAsItWas() async throws {
    let whole = try await recorded(by: .sqlite)
    #expect(try RecordedRun(ndjson: whole.ndjson) == whole)
    // The line end at the end may be lost on the way.
    #expect(try RecordedRun(ndjson: whole.ndjson.dropLast()) == whole)
  }

  @Test func aLineIsAnEventWhateverLineEndsItsDataHas() async throws {
    let whole = try await recorded(by: .memory)
    let lines = lines(whole)
    #expect(lines.count == 1 + whole.events.count)
    for line in lines { _ = try JSONDocument(parsing: line) }
    #expect(try JSONDocument(parsing: lines[2]).root["data"]?["n"]?[1]?.int == 2)
  }

  @Test(arguments: JournalUnderTest.allCases)
  func anotherJournalTakesItOverWithItsDigestsAndWhoseItWasLast(_ kind: JournalUnderTest) async throws {
    let whole = try await recorded(by: .sqlite)
    try await kind.open { journal in
      try await journal.append([event(.runStarted, in: run(9))], .durable)
      try await journal.restore(whole)
      let restored = try #require(try await journal.record(of: run(1), tenant: acme))
      try restored.verify()
      #expect(restored.digests == whole.digests && restored.fence == 3)
      #expect(restored.summary == whole.summary)
      #expect(try await journal.runs(tenant: acme, limit: 9, before: nil).map(\.run) == [run(9), run(1)])
      // It goes on here like any other.
      try await journal.claim(run(1), tenant: acme)
      try await journal.append([event(.runFinished, in: run(1))], .durable)
      let end = try #require(try await journal.record(of: run(1), tenant: acme))
      try end.verify()
      #expect(end.events.map(\.fence) == [1, 2, 2, 4])
    }
  }

  @Test(arguments: JournalUnderTest.allCases)
  func aRunThatIsThereIsNotWrittenOver(_ kind: JournalUnderTest) async throws {
    let whole = try await recorded(by: .memory)
    try await kind.open { journal in
      try await journal.append([event(.runStarted, in: run(1), #"{"name":"ours"}"#)], .durable)
      let before = try await journal.record(of: run(1), tenant: acme)
      #expect(await failure { try await journal.restore(whole) } == .runExists)
      #expect(try await journal.record(of: run(1), tenant: acme) == before)
      try await journal.append([event(.runFinished, in: run(1))], .durable)
      #expect(try await journal.record(of: run(1), tenant: globex) == nil)
    }
  }

  @Test func whateverIsChangedInTheTextIsFound() async throws {
    let whole = try await recorded(by: .sqlite)
    let text = whole.ndjson
    // For people alone; and to claim a run once more, as a higher fence in the first line does, changes nothing of it.
    let free = try [
      #""ts":"[^"]*""#, #""seq":\d+"#, #""v":1"#, #""name":"[^"]*","status":"[^"]*""#,
      #""fence":\d+,"digest""#,
    ]
    .map { try Regex($0) }.flatMap { String(decoding: text, as: UTF8.self).ranges(of: $0) }
    let string = String(decoding: text, as: UTF8.self)
    for (offset, index) in zip(0..., string.utf8.indices) where !free.contains(where: { $0.contains(index) })
    {
      var changed = text
      changed[offset] = changed[offset] == UInt8(ascii: "7") ? UInt8(ascii: "8") : UInt8(ascii: "7")
      let found: RecordedRun? = try? RecordedRun(ndjson: changed)
      #expect(found.map { (try? $0.verify()) == nil || $0 == whole } ?? true, "byte \(offset)")
    }
  }

  @Test(arguments: [
    "", "\n", "{}", "[]", "nonsense", #"{"jackfield_run":2}"#,
    #"{"jackfield_run":1,"tenant_id":"acme","run_id":"00000000010000000000000001","events":0,"fence":1}"#,
    #"{"jackfield_run":1,"tenant_id":"acme","run_id":"00000000010000000000000001","events":1,"fence":1}"#,
  ])
  func whatIsNoExportedRunIsRefused(_ text: String) {
    #expect(throws: UnreadableRun.self) { try RecordedRun(ndjson: Array(text.utf8)) }
  }

  @Test func anEventOfAnotherRunOrATailThatIsMissingIsRefused() async throws {
    let whole = lines(try await recorded(by: .memory))
    func reads(_ lines: [String]) -> Bool {
      (try? RecordedRun(ndjson: Array(lines.joined(separator: "\n").utf8))) != nil
    }
    #expect(reads(whole))
    #expect(!reads(Array(whole.dropLast())))
    #expect(!reads(whole + [whole[1]]))
    #expect(!reads([whole[0], whole[1], whole[2], whole[3].replacing("\"acme\"", with: "\"globex\"")]))
    #expect(!reads([whole[0], whole[1], "", whole[2], whole[3]]))
  }
}
