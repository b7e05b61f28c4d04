import CSQLite

/// A prepared statement of one connection, kept and used again. Columns count from 0, parameters from 1.
final class SQLiteStatement {
  private let handle: OpaquePointer
  private let connection: SQLiteConnection

  init(_ sql: String, on connection: SQLiteConnection) throws(SQLiteError) {
    var prepared: OpaquePointer?
    let code = sqlite3_prepare_v3(
      connection.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
    guard code == SQLITE_OK, let prepared else { throw SQLiteError(of: connection.handle, code: code) }
    handle = prepared
    self.connection = connection
  }

  deinit { sqlite3_finalize(handle) }

  func bind(_ parameter: Int32, _ value: Int64?) {
    // Binding fails only for a parameter that the statement does not have, and every statement is run by the tests.
    if let value {
      sqlite3_bind_int64(handle, parameter, value)
    } else {
      sqlite3_bind_null(handle, parameter)
    }
  }

  func bind(_ parameter: Int32, _ text: String) {
    var text = text
    text.withUTF8 { bind(parameter, $0) }
  }

  func bind(_ parameter: Int32, utf8 bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { bind(parameter, $0) }
  }

  private func bind(_ parameter: Int32, _ bytes: UnsafeBufferPointer<UInt8>) {
    // An empty buffer has no address, and SQLite takes none for NULL.
    guard let start = bytes.baseAddress else {
      sqlite3_bind_text(handle, parameter, "", 0, jf_sqlite_transient())
      return
    }
    start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
      _ = sqlite3_bind_text64(
        handle, parameter, $0, UInt64(bytes.count), jf_sqlite_transient(), UInt8(SQLITE_UTF8))
    }
  }

  func bind(_ parameter: Int32, blob bytes: [UInt8]) {
    bytes.withUnsafeBytes { bytes in
      // An empty buffer has no address, and SQLite takes none for NULL.
      _ =
        bytes.isEmpty
        ? sqlite3_bind_zeroblob(handle, parameter, 0)
        : sqlite3_bind_blob64(
          handle, parameter, bytes.baseAddress, UInt64(bytes.count), jf_sqlite_transient())
    }
  }

  /// - Returns: whether there is a row to read.
  func step() throws(SQLiteError) -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw SQLiteError(of: connection.handle, code: code)
    }
  }

  /// Runs a statement that answers with nothing, from its start, and makes it ready for the next time.
  func run() throws(SQLiteError) {
    defer { reset() }
    _ = try step()
  }

  /// Lets go of its locks and its values.
  func reset() {
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
  }

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
  func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }

  func bytes(_ column: Int32) -> [UInt8] {
    // The pointer is asked for before the length: it is what decides on the encoding.
    guard let start = sqlite3_column_text(handle, column) else { return [] }
    return Array(UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
  }

  func blob(_ column: Int32) -> [UInt8] {
    guard let start = sqlite3_column_blob(handle, column) else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
  }
}
