import Glibc
import Storage
import Telemetry
import TestSupport
import Testing
import ToolContracts

@testable import SQLiteStorage

/// A journal of which something was lost or changed while nobody had it open: it is refused in plain words, or all in it
/// is as it was. Never is something else taken for what was recorded.
@Suite(.leavesNothingBehind)
struct DamagedFileTests {
  private static let runs = 40

  /// Runs with events of all sizes, so that there are pages of every kind.
  private func record(in journal: SQLiteJournal) async throws {
    for number in 1...Int64(Self.runs) {
      let text = String(repeating: "x", count: Int(number * number * 5))
      try await journal.append(
        [
          event(.runStarted, in: run(number), #"{"name":"flow"}"#),
          event(.modelCompleted, in: run(number), turn: 1, "\"\(text)\""),
          event(.runFinished, in: run(number), #"{"outcome":"succeeded"}"#),
        ], .durable)
    }
  }

  private func content(_ journal: SQLiteJournal) async throws -> [RecordedRun] {
    var content: [RecordedRun] = []
    for summary in try await journal.runs(tenant: acme, limit: 1000, before: nil) {
      guard let recorded = try await journal.record(of: summary.run, tenant: acme) else { continue }
      try recorded.verify()
      content.append(recorded)
    }
    return content
  }

  private enum Outcome: Equatable {
    case refused(StorageFailure.Code)
    case whole
    case changed
  }

  private func outcome(_ file: String, _ before: [RecordedRun]) async -> Outcome {
    do throws(StorageFailure) {
      let journal = try SQLiteJournal(path: file, log: .none, busyMilliseconds: 20)
      let outcome = await outcome(journal, before)
      await journal.close()
      return outcome
    } catch { return .refused(error.code) }
  }

  private func outcome(_ journal: SQLiteJournal, _ before: [RecordedRun]) async -> Outcome {
    do { return try await content(journal) == before ? .whole : .changed } catch {
      return .refused((error as? StorageFailure)?.code ?? .corrupt)
    }
  }

  /// One of each byte, but all of a page's count of rows: with a smaller one, rows are not there without a word.
  private func bits(at offset: Int, _ page: Int) -> [UInt8] {
    page > 0 && offset % 4096 == 4 ? Array(0..<8) : [UInt8((offset + page) % 8)]
  }

  @Test func aBitThatFlipsInThePageHeadersIsFoundOrChangesNothing() async throws {
    let folder = JournalFolder()
    var before: [RecordedRun] = []
    try await folder.open { journal in
      try await record(in: journal)
      before = try await content(journal)
    }
    let whole = try bytes(of: folder.file)
    let pages = whole.count / 4096
    #expect(before.count == Self.runs && pages > 20)
    var refused = 0
    for page in 0..<pages {
      let header = page == 0 ? 0..<112 : page * 4096..<page * 4096 + 12
      for (offset, bit) in header.flatMap({ offset in bits(at: offset, page).map { (offset, $0) } }) {
        var damaged = whole
        damaged[offset] ^= 1 << bit
        let place = JournalFolder()
        try write(damaged, to: place.file)
        let found = await outcome(place.file, before)
        #expect(found != .changed, "page \(page + 1), byte \(offset - page * 4096)")
        if case .refused(let code) = found {
          refused += 1
          #expect([.corrupt, .newerVersion, .readOnly, .unavailable].contains(code))
          #expect(try bytes(of: place.file) == damaged, "nothing is repaired")
        }
      }
    }
    #expect(refused > pages)
  }

  @Test func aLogThatWasCutOffOrRemovedIsMissed() async throws {
    let folder = JournalFolder()
    try await folder.open { journal in
      for number in 1...4 { try await journal.append([event(.runStarted, in: run(Int64(number)))], .durable) }
      let before = try await content(journal)
      // What a host leaves that was killed.
      let files = try ["", "-wal", "-shm"].map { try bytes(of: folder.file + $0) }
      func left(_ log: [UInt8]?, index: [UInt8]) async throws -> Outcome {
        let place = JournalFolder()
        try write(files[0], to: place.file)
        if let log { try write(log, to: place.file + "-wal") }
        try write(index, to: place.file + "-shm")
        return await outcome(place.file, before)
      }
      #expect(try await left(files[1], index: files[2]) == .whole)
      // A transaction that was being written is none.
      #expect(try await left(files[1] + files[1].suffix(1000), index: files[2]) == .whole)
      for length in stride(from: 0, to: files[1].count, by: 1030) {
        #expect(
          try await left(Array(files[1][..<length]), index: files[2]) == .refused(.corrupt), "\(length) bytes"
        )
      }
      #expect(try await left(nil, index: files[2]) == .refused(.corrupt))
      // After a power cut the index may be of any time before, or none.
      #expect(try await left(files[1], index: []) == .whole)
      var earlier = files[2]
      for copy in [0, 48] { earlier[copy + 16] -= 1 }
      #expect(try await left(files[1], index: earlier) == .whole)
    }
  }

  @Test func aJournalThatWasClosedNeedsNoLog() async throws {
    let folder = JournalFolder()
    try await folder.open { journal in try await record(in: journal) }
    #expect(access(folder.file + "-wal", F_OK) != 0)
    try WriteAheadLog(of: folder.file).check()
  }

  @Test func whoAsksIsToldOfDamageInAFileOfAnySize() async throws {
    let folder = JournalFolder()
    try await folder.open { journal in
      try await record(in: journal)
      try await journal.check()
      let connection = try SQLiteConnection(path: folder.file, .readWrite, busyMilliseconds: 20)
      try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
      var damaged = try bytes(of: folder.file)
      damaged[damaged.count - 4096 + 3] ^= 64
      try write(damaged, to: folder.file)
      #expect(await failure { try await journal.check() } == .corrupt)
    }
  }
}

private func bytes(of path: String) throws -> [UInt8] {
  let file = try #require(fopen(path, "r"))
  defer { fclose(file) }
  fseek(file, 0, SEEK_END)
  let count = ftell(file)
  rewind(file)
  return [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
    length = fread(buffer.baseAddress, 1, count, file)
  }
}

private func write(_ bytes: [UInt8], to path: String) throws {
  let file = try #require(fopen(path, "w"))
  #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
  fclose(file)
}
