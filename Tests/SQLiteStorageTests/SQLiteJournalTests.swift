import Glibc
import SQLiteStorage
import Storage
import Telemetry
import TestSupport
import Testing
import ToolContracts

@Suite(.leavesNothingBehind)
struct SQLiteJournalTests {
  @Test func whatWasWrittenIsThereAfterReopening() async throws {
    let folder = JournalFolder()
    try await folder.open { journal in
      try await journal.append([event(.runStarted, in: run(1), #"{"name":"helpdesk"}"#)], .durable)
      try await journal.append([event(.runLimitReached, in: run(1))], .trace)
    }
    try await folder.open { journal in
      #expect(
        try await journal.events(of: run(1), tenant: acme).map(\.kind) == [.runStarted, .runLimitReached])
      try await journal.append([event(.runFinished, in: run(1))], .durable)
      let summary = try #require(try await journal.runs(tenant: acme, limit: 1, before: nil).first)
      #expect(summary.name == "helpdesk" && summary.status == .limitReached && summary.eventCount == 3)
    }
  }

  @Test func theFileIsTheOwnersAlone() async throws {
    let folder = JournalFolder()
    let deep = "\(folder.path)/a/b/journal.sqlite"
    let journal = try SQLiteJournal(path: deep, log: .none)
    try await journal.append([event(.runStarted, in: run(1))], .durable)
    func mode(_ path: String) -> mode_t {
      var status = stat()
      #expect(stat(path, &status) == 0, "\(path)")
      return status.st_mode & 0o777
    }
    #expect(mode("\(folder.path)/a") == 0o700 && mode("\(folder.path)/a/b") == 0o700)
    for suffix in ["", "-wal", "-shm"] { #expect(mode(deep + suffix) == 0o600) }
    await journal.close()
  }

  @Test func queriesSeeOneRowForEachRunAndEachEvent() async throws {
    let folder = JournalFolder()
    try await folder.open { journal in
      try await journal.append(
        [
          event(.toolCalled, in: run(7), #"{"tool":"calc.evaluate"}"#),
          event(.toolFinished, in: run(7), #"{"status":"ok"}"#),
        ], .durable)
      let other = try OtherProgram(folder.file)
      #expect(
        other.rows("SELECT run, subject, name, status, event_count, last_seq FROM runs")
          == ["\(run(7))|call|calc.evaluate|succeeded|2|2"])
      #expect(
        other.rows("SELECT seq, tenant, run, kind, step, data ->> '$.status' FROM events")
          == ["1|acme|\(run(7))|tool.called|NULL|NULL", "2|acme|\(run(7))|tool.finished|NULL|ok"])
      #expect(other.rows("PRAGMA journal_mode") == ["wal"] && other.rows("PRAGMA integrity_check") == ["ok"])
      #expect(
        other.rows("PRAGMA application_id") == ["1246120497"] && other.rows("PRAGMA user_version") == ["4"])
    }
  }

  @Test func readingARunUsesTheIndex() async throws {
    let folder = JournalFolder()
    try await folder.open { _ in
      let plan = try OtherProgram(folder.file).rows(
        "EXPLAIN QUERY PLAN SELECT * FROM events WHERE run = ?1 ORDER BY seq")
      #expect(plan.count == 1 && plan[0].contains("USING INDEX events_by_run"))
    }
  }

  @Test func whatIsInTheLogButNotInTheDatabaseIsRecovered() async throws {
    let folder = JournalFolder()
    let copy = JournalFolder()
    try await folder.open { journal in
      try await journal.append([event(.runStarted, in: run(1))], .durable)
      // As after a power cut: the two files as they are now, and no shared memory.
      for suffix in ["", "-wal"] { try copyFile(folder.file + suffix, copy.file + suffix) }
    }
    try await copy.open { journal in
      let recovered = try await journal.events(of: run(1), tenant: acme)
      #expect(recovered.count == 1)
    }
  }

  @Test func closingLeavesNeitherThreadNorDescriptor() async throws {
    let folder = JournalFolder()
    try await folder.open { journal in
      try await journal.append([event(.runStarted, in: run(1))], .durable)
      #expect(openFiles(in: folder).count >= 2)
    }
    #expect(openFiles(in: folder) == [])
  }

  /// Under any number: tests that run at the same time may have hundreds open.
  private func openFiles(in folder: JournalFolder) -> [String] {
    Holdings.now().descriptors.values.filter { $0.hasPrefix(folder.path) }
  }
}
