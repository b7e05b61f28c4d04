import Glibc
import Locking
import Storage
import Telemetry
import TestSupport
import Testing
import ToolContracts

@testable import SQLiteStorage

/// Each fault of a disk or a file: one clear code, nothing acknowledged that is not there, nothing lost that was.
@Suite(.leavesNothingBehind)
struct StorageFaultTests {
  private func code(opening file: String) -> StorageFailure.Code? {
    do throws(StorageFailure) {
      _ = try SQLiteJournal(path: file, log: .none, busyMilliseconds: 20)
      return nil
    } catch { return error.code }
  }

  @Test func aJournalThatAnotherProcessHasLockedFailsAndWorksAgainAfterwards() async throws {
    let folder = JournalFolder()
    try await folder.open(busyMilliseconds: 20) { journal in
      let other = try OtherProgram(folder.file)
      other.execute("BEGIN IMMEDIATE")
      #expect(
        await failure { try await journal.append([event(.runStarted, in: run(1))], .durable) } == .locked)
      #expect(try await journal.events(of: run(1), tenant: acme).isEmpty)
      other.execute("COMMIT")
      try await journal.append([event(.runStarted, in: run(2))], .durable)
      #expect(try await journal.runs(tenant: acme, limit: 9, before: nil).map(\.run) == [run(2)])
    }
  }

  @Test func aJournalThatAnotherProcessKeepsToItselfIsLocked() async throws {
    let folder = JournalFolder()
    try await folder.open { _ in }
    let other = try OtherProgram(folder.file)
    other.execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT")
    #expect(code(opening: folder.file) == .locked)
    withExtendedLifetime(other) {}
  }

  @Test func aJournalOfANewerReleaseIsRefusedAndLeftAsItIs() async throws {
    let folder = JournalFolder()
    try await folder.open { _ in }
    try OtherProgram(folder.file).execute("PRAGMA user_version = 5; CREATE TABLE novelty (x)")
    #expect(code(opening: folder.file) == .newerVersion)
    #expect(try OtherProgram(folder.file).rows("PRAGMA user_version") == ["5"])
  }

  @Test(arguments: ["", "PRAGMA user_version = 1;", "PRAGMA application_id = 7; PRAGMA user_version = 1;"])
  func aDatabaseOfAnotherProgramIsRefusedAndLeftAsItIs(marks: String) async throws {
    let folder = JournalFolder()
    try OtherProgram(folder.file).execute("\(marks) CREATE TABLE theirs (x)")
    #expect(code(opening: folder.file) == .corrupt)
    #expect(try OtherProgram(folder.file).rows("SELECT name FROM sqlite_schema") == ["theirs"])
    #expect(try OtherProgram(folder.file).rows("PRAGMA journal_mode") == ["delete"])
  }

  @Test(arguments: ["not a database, only text\n", String(repeating: "x", count: 10_000)])
  func aFileThatIsNoDatabaseIsRefusedAndLeftAsItIs(text: String) throws {
    let folder = JournalFolder()
    folder.write(text, to: "journal.sqlite")
    #expect(code(opening: folder.file) == .corrupt)
    var status = stat()
    #expect(stat(folder.file, &status) == 0 && Int(status.st_size) == text.utf8.count)
  }

  @Test func aFolderOrAMissingNameIsUnavailable() {
    let folder = JournalFolder()
    #expect(code(opening: folder.path) == .unavailable)
    #expect(code(opening: "\(folder.path)/") == .unavailable)
    folder.write("", to: "file")
    #expect(code(opening: "\(folder.path)/file/journal.sqlite") == .unavailable)
  }

  @Test func aReadOnlyFileOrFolderIsToldAsSuch() async throws {
    let folder = JournalFolder()
    try await folder.open { _ in }
    chmod(folder.file, 0o400)
    chmod(folder.path, 0o555)
    defer { chmod(folder.path, 0o700) }
    try withoutPrivileges {
      #expect(code(opening: folder.file) == .readOnly)
      #expect(code(opening: "\(folder.path)/new.sqlite") == .readOnly)
      #expect(code(opening: "\(folder.path)/new/journal.sqlite") == .readOnly)
    }
  }

  @Test func aFullDiskFailsTheAppendAndLosesNothingThatWasAcknowledged() async throws {
    let folder = JournalFolder()
    let journal = try SQLiteJournal(path: folder.file, log: .none, busyMilliseconds: 20, maxPages: 40)
    // The first of the two still fits, and must be gone with the second.
    let pair = [
      event(.agentStarted, in: run(1)),
      event(.modelCompleted, in: run(1), "\"\(String(repeating: "x", count: 20_000))\""),
    ]
    var written = 0
    while await failure({ try await journal.append(pair, .durable) }) == nil, written < 100 { written += 2 }
    #expect((2..<100).contains(written))
    #expect(await failure { try await journal.append(pair, .durable) } == .full)
    #expect(try await journal.events(of: run(1), tenant: acme).count == written)
    #expect(try await journal.runs(tenant: acme, limit: 1, before: nil).map(\.eventCount) == [written])
    // There is still room for something small.
    try await journal.append([event(.agentFinished, in: run(1))], .durable)
    #expect(try await journal.runs(tenant: acme, limit: 1, before: nil).map(\.eventCount) == [written + 1])
    await journal.close()
  }

  @Test func whatIsThereCanBeReadWhileNothingCanBeWritten() async throws {
    let folder = JournalFolder()
    try await folder.open(busyMilliseconds: 20) { journal in
      try await journal.append([event(.runStarted, in: run(1))], .durable)
      let other = try OtherProgram(folder.file)
      other.execute("BEGIN IMMEDIATE")
      try await journal.append([event(.agentStarted, in: run(1))], .trace)
      #expect(try await journal.events(of: run(1), tenant: acme).map(\.kind) == [.runStarted])
      other.execute("COMMIT")
    }
  }

  @Test func whatWasOnlyTracedIsWrittenOnceThatIsPossibleAndInItsPlace() async throws {
    let folder = JournalFolder()
    try await folder.open(busyMilliseconds: 20) { journal in
      try await journal.append([event(.runStarted, in: run(1))], .durable)
      let other = try OtherProgram(folder.file)
      other.execute("BEGIN IMMEDIATE")
      try await journal.append([event(.agentStarted, in: run(1))], .trace)
      #expect(
        await failure { try await journal.append([event(.toolStarted, in: run(1))], .durable) } == .locked)
      try await journal.append([event(.toolRejected, in: run(1))], .trace)
      #expect(
        await failure { try await journal.append([event(.toolStarted, in: run(1))], .durable) } == .locked)
      other.execute("COMMIT")
      try await journal.append([event(.runFinished, in: run(1))], .durable)
      #expect(
        try await journal.events(of: run(1), tenant: acme).map(\.kind) == [
          .runStarted, .agentStarted, .toolRejected, .runFinished,
        ])
      try await journal.record(of: run(1), tenant: acme)?.verify()
    }
  }

  @Test func tracesThatCannotBeWrittenAreLogged() async throws {
    let folder = JournalFolder()
    let sink = CollectingSink()
    let journal = try SQLiteJournal(path: folder.file, log: Log(to: sink, clock: { 0 }), busyMilliseconds: 1)
    let other = try OtherProgram(folder.file)
    other.execute("BEGIN IMMEDIATE")
    try await journal.append([event(.runStarted, in: run(1)), event(.agentStarted, in: run(1))], .trace)
    await journal.close()
    other.execute("COMMIT")
    #expect(
      sink.lines.withLock { $0 }.contains { $0.contains("storage_locked") && $0.contains("\"lost\":2") })
  }
}

private final class CollectingSink: LogSink {
  let lines = Lock<[String]>([])
  func write(_ line: [UInt8]) -> Bool {
    lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
    return true
  }
}

/// Runs `body`, and the threads that it starts, as somebody whom file permissions hold; the superuser is held by none.
private func withoutPrivileges(_ body: () throws -> Void) throws {
  // Linux keeps this identity for each thread. The Glibc module does not import the function.
  let symbol = try #require(dlsym(nil, "setfsuid"))
  let setfsuid = unsafeBitCast(symbol, to: (@convention(c) (uid_t) -> Int32).self)
  let before = setfsuid(65_534)
  defer { _ = setfsuid(uid_t(before)) }
  try body()
}
