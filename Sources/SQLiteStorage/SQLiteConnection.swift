import CSQLite
import Storage

/// An open database. Not thread-safe: one thread at a time uses it.
final class SQLiteConnection {
  let handle: OpaquePointer

  enum Access {
    case readWrite
    case readOnly
  }

  /// - Parameter busyMilliseconds: how long a statement waits for another process's lock.
  init(path: String, _ access: Access, busyMilliseconds: Int32) throws(SQLiteError) {
    let flags: Int32 =
      switch access {
      case .readWrite: SQLITE_OPEN_READWRITE
      case .readOnly: SQLITE_OPEN_READONLY
      }
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(path, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
    guard let opened else { throw SQLiteError(code: code, systemError: 0, message: "out of memory") }
    guard code == SQLITE_OK else {
      let error = SQLiteError(of: opened, code: code)
      sqlite3_close_v2(opened)
      throw error
    }
    handle = opened
    sqlite3_busy_timeout(opened, busyMilliseconds)
  }

  deinit { sqlite3_close_v2(handle) }

  static func open(
    _ path: String, _ access: Access, busyMilliseconds: Int32
  ) throws(StorageFailure) -> SQLiteConnection {
    do { return try SQLiteConnection(path: path, access, busyMilliseconds: busyMilliseconds) } catch {
      throw StorageFailure(error, file: path)
    }
  }

  var isReadOnly: Bool { sqlite3_db_readonly(handle, "main") == 1 }
  var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }
  /// By the last statement that was run to its end.
  var changedRows: Int { Int(sqlite3_changes(handle)) }
  var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }

  /// - Parameter sql: one of ours, or several; values never come in this way.
  func execute(_ sql: String) throws(SQLiteError) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw SQLiteError(of: handle, code: code) }
  }

  /// What `body` does, wholly or not at all. At once for writing: what it reads cannot be another's by the time it writes.
  func transaction<Answer>(_ body: () throws(SQLiteError) -> Answer) throws(SQLiteError) -> Answer {
    do throws(SQLiteError) {
      try execute("BEGIN IMMEDIATE")
      let answer = try body()
      try execute("COMMIT")
      return answer
    } catch {
      // The first failure is the one to tell.
      if isInTransaction { try? execute("ROLLBACK") }
      throw error
    }
  }

  /// Reads all of the database, some 2 ms for each MiB.
  ///
  /// - Throws: `SQLITE_CORRUPT`, with what is wrong first, where something is.
  func checkIntegrity() throws(SQLiteError) {
    let statement = try SQLiteStatement("PRAGMA quick_check(1)", on: self)
    let finding = try statement.step() ? statement.text(0) : ""
    guard finding == "ok" else { throw SQLiteError(code: SQLITE_CORRUPT, systemError: 0, message: finding) }
  }

  /// The first column of the first row; 0 where there is none.
  func integer(_ sql: String) throws(SQLiteError) -> Int64 {
    let statement = try SQLiteStatement(sql, on: self)
    return try statement.step() ? statement.integer(0) : 0
  }
}

/// What SQLite answered.
struct SQLiteError: Error, Equatable {
  /// With the reason in its upper bits.
  let code: Int32
  /// errno of the system call behind it; 0 where there is none.
  let systemError: Int32
  let message: String

  init(code: Int32, systemError: Int32, message: String) {
    self.code = code
    self.systemError = systemError
    self.message = message
  }

  init(of connection: OpaquePointer, code: Int32) {
    self.init(
      code: code, systemError: sqlite3_system_errno(connection),
      message: String(cString: sqlite3_errmsg(connection)))
  }

  var primaryCode: Int32 { code & 0xff }

  /// Whether what is in the file may be something else than what was written: a sync that failed is not repeated, since
  /// the system may have dropped what it was to save.
  var leavesFileInDoubt: Bool { [SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB].contains(primaryCode) }
}
