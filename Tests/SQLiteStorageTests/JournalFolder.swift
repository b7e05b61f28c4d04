import CSQLite
import Glibc
import SQLiteStorage
import Storage
import Telemetry
import TestSupport
import Testing
import ToolContracts

let acme = TenantID("acme")!

func run(_ number: Int64) -> RunID { RunID(milliseconds: number, randomness: UInt128(number)) }

func event(_ kind: JournalEvent.Kind, in run: RunID, turn: UInt32 = 0, _ data: String = "{}") -> JournalEvent
{
  JournalEvent(time: 1, tenant: acme, run: run, turn: turn, kind: kind, data: Array(data.utf8))
}

/// The code that `body` fails with; nil where it does not.
func failure(_ body: () async throws -> Void) async -> StorageFailure.Code? {
  do {
    try await body()
    return nil
  } catch { return (error as? StorageFailure)?.code }
}

/// A folder with a journal in it.
final class JournalFolder: Sendable {
  private let folder = TemporaryFolder()
  var path: String { folder.path }
  var file: String { "\(folder.path)/journal.sqlite" }

  func write(_ text: String, to name: String) { folder.write(text, to: name) }

  /// Opens it, and closes it afterwards.
  func open(busyMilliseconds: Int32 = 2000, _ body: (SQLiteJournal) async throws -> Void) async throws {
    let journal = try SQLiteJournal(path: file, log: .none, busyMilliseconds: busyMilliseconds)
    do {
      try await body(journal)
      await journal.close()
    } catch {
      await journal.close()
      throw error
    }
  }
}

/// Another program that has the same database open.
final class OtherProgram {
  private let handle: OpaquePointer

  init(_ file: String) throws {
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(file, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil)
    handle = try #require(opened)
    #expect(code == SQLITE_OK)
  }
  deinit { sqlite3_close(handle) }

  func execute(_ sql: String) {
    #expect(
      sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK, "\(String(cString: sqlite3_errmsg(handle)))")
  }

  /// Rows as text, columns separated by `|`.
  func rows(_ sql: String) -> [String] {
    var statement: OpaquePointer?
    #expect(sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK)
    defer { sqlite3_finalize(statement) }
    var rows: [String] = []
    while sqlite3_step(statement) == SQLITE_ROW {
      let columns = (0..<sqlite3_column_count(statement)).map { column in
        sqlite3_column_text(statement, column).map { String(cString: $0) } ?? "NULL"
      }
      rows.append(columns.joined(separator: "|"))
    }
    return rows
  }
}

func copyFile(_ source: String, _ target: String) throws {
  let from = try #require(fopen(source, "r"))
  let to = try #require(fopen(target, "w"))
  defer {
    fclose(from)
    fclose(to)
  }
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = fread(&buffer, 1, buffer.count, from)
    guard count > 0 else { return }
    #expect(fwrite(buffer, 1, count, to) == count)
  }
}
