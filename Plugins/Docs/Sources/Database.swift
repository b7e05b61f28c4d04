internal import CSQLite

/// One SQLite connection, for one thread at a time.
struct Database: ~Copyable {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let connection: OpaquePointer

  /// - Parameter path: Of the file, which is created; in memory if nil.
  init(path: String?) throws(Failure) {
    var connection: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
    let code = sqlite3_open_v2(path ?? ":memory:", &connection, flags, nil)
    guard code == SQLITE_OK, let connection else {
      sqlite3_close(connection)
      throw Failure(description: String(cString: sqlite3_errstr(code)))
    }
    self.connection = connection
    sqlite3_busy_timeout(connection, 1000)
  }

  deinit { sqlite3_close(connection) }

  /// Runs statements without parameters or rows.
  func run(_ sql: String) throws(Failure) {
    guard sqlite3_exec(connection, sql, nil, nil, nil) == SQLITE_OK else { throw failure }
  }

  /// Runs one statement, and makes something of each of its rows.
  func rows<Row>(_ sql: String, _ values: Value..., map: (borrowing Cursor) -> Row) throws(Failure) -> [Row] {
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
      throw failure
    }
    defer { sqlite3_finalize(statement) }
    for (index, value) in values.enumerated() {
      guard value.bind(to: statement, at: Int32(index + 1)) == SQLITE_OK else { throw failure }
    }
    var rows: [Row] = []
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW: rows.append(map(Cursor(statement: statement)))
      case SQLITE_DONE: return rows
      default: throw failure
      }
    }
  }

  func run(_ sql: String, _ values: Value...) throws(Failure) {
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
      throw failure
    }
    defer { sqlite3_finalize(statement) }
    for (index, value) in values.enumerated() {
      guard value.bind(to: statement, at: Int32(index + 1)) == SQLITE_OK else { throw failure }
    }
    guard sqlite3_step(statement) == SQLITE_DONE else { throw failure }
  }

  private var failure: Failure { Failure(description: String(cString: sqlite3_errmsg(connection))) }

  enum Value {
    case integer(Int64)
    case text(String)

    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
      switch self {
      case .integer(let value): sqlite3_bind_int64(statement, index, value)
      case .text(let value):
        sqlite3_bind_text(statement, index, value, Int32(value.utf8.count), jf_sqlite_transient())
      }
    }
  }

  /// The current row of a statement.
  struct Cursor: ~Copyable {
    fileprivate let statement: OpaquePointer

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }
    func real(_ column: Int32) -> Double { sqlite3_column_double(statement, column) }
    func text(_ column: Int32) -> String {
      guard let text = sqlite3_column_text(statement, column) else { return "" }
      let length = Int(sqlite3_column_bytes(statement, column))
      return String(decoding: UnsafeBufferPointer(start: text, count: length), as: UTF8.self)
    }
  }
}
