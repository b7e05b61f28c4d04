import Glibc
import SQLiteStorage
import Storage
import Telemetry
import TestSupport
import Testing
import ToolContracts

/// A file of each format that there ever was, as a release of then has written it: what Tests/Fixtures/journals/README.md
/// says is in it must be there after this release has opened it.
@Suite(.leavesNothingBehind)
struct FormatTests {
  private static let formats = [1, 2, 3, 4]

  private func copy(of format: Int) throws -> JournalFolder {
    let folder = JournalFolder()
    let root = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    try copyFile("/\(root)/Fixtures/journals/format-\(format).sqlite", folder.file)
    return folder
  }

  @Test(arguments: formats) func aJournalOfAnEarlierFormatOpensWithAllThatIsInIt(format: Int) async throws {
    let folder = try copy(of: format)
    try await folder.open { journal in
      let runs = try await journal.runs(tenant: acme, limit: 100, before: nil)
      #expect(
        runs.map { "\($0.name) \($0.status.rawValue) \($0.eventCount)" } == [
          "wait open 4", "wait in_doubt 7", "wait succeeded 21", "calc.evaluate failed 1",
          "calc.evaluate failed 2",
          "calc.evaluate succeeded 2", "helpdesk succeeded 18", "wait succeeded 6",
        ])
      for run in runs {
        let events = try await journal.events(of: run.run, tenant: acme)
        #expect(run.byteCount == events.reduce(0) { $0 + $1.data.count })
        let recorded = try #require(try await journal.record(of: run.run, tenant: acme))
        try recorded.verify()
        #expect(recorded.undigested == (format == 1 ? run.eventCount : 0))
      }
    }
    let other = try OtherProgram(folder.file)
    #expect(other.rows("PRAGMA user_version") == ["4"] && other.rows("PRAGMA integrity_check") == ["ok"])
    #expect(other.rows("SELECT count(*) FROM events") == ["61"])
  }

  @Test(arguments: formats) func aRunOfAnEarlierFormatCanBeGoneOnWith(format: Int) async throws {
    let folder = try copy(of: format)
    try await folder.open { journal in
      let open = try #require(try await journal.runs(tenant: acme, limit: 1, before: nil).first).run
      try await journal.claim(open, tenant: acme)
      try await journal.append([event(.agentFinished, in: open), event(.runFinished, in: open)], .durable)
      let recorded = try #require(try await journal.record(of: open, tenant: acme))
      #expect(recorded.events.count == 6 && recorded.summary.status == .succeeded)
      #expect(recorded.events.suffix(3).map(\.fence) == [1, 2, 2])
      #expect(recorded.undigested == (format == 1 ? 4 : 0))
      try recorded.verify()
    }
  }

  @Test func anEarlierReleaseIsToldWhatItIsNotToOpen() async throws {
    // What it looks at has been the same in every format: the version alone.
    let folder = try copy(of: 1)
    try await folder.open { _ in }
    let other = try OtherProgram(folder.file)
    #expect(other.rows("PRAGMA application_id") == ["1246120497"])
    #expect(other.rows("PRAGMA user_version") == ["4"])
  }
}
