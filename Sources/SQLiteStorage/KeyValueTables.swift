import CSQLite
import Storage
import ToolContracts

/// The statements of the store of plugins' values, on the one thread that uses them.
final class KeyValueTables {
  private let connection: SQLiteConnection
  private let file: String
  private let time: any TimeSource
  private let find: SQLiteStatement
  private let insert: SQLiteStatement
  private let delete: SQLiteStatement
  private let list: SQLiteStatement
  private let expire: SQLiteStatement
  private let openSpace: SQLiteStatement
  private let nextVersion: SQLiteStatement
  private let usage: SQLiteStatement

  init(_ connection: SQLiteConnection, file: String, time: any TimeSource) throws(StorageFailure) {
    self.connection = connection
    self.file = file
    self.time = time
    do throws(SQLiteError) {
      let alive = "(expires IS NULL OR expires > ?)"
      find = try SQLiteStatement(
        "SELECT version, value FROM entries WHERE tenant = ? AND plugin = ? AND key = ? AND \(alive)",
        on: connection)
      insert = try SQLiteStatement(
        """
        INSERT INTO entries (tenant, plugin, key, version, expires, value) VALUES (?, ?, ?, ?, ?, ?)
        """, on: connection)
      delete = try SQLiteStatement(
        "DELETE FROM entries WHERE tenant = ? AND plugin = ? AND key = ?", on: connection)
      list = try SQLiteStatement(
        """
        SELECT key, version, length(value) FROM entries WHERE tenant = ? AND plugin = ? AND key > ?
          AND substr(CAST(key AS BLOB), 1, ?) = CAST(? AS BLOB) AND key >= ? AND \(alive) ORDER BY key LIMIT ?
        """, on: connection)
      expire = try SQLiteStatement(
        "DELETE FROM entries WHERE tenant = ? AND plugin = ? AND expires <= ?", on: connection)
      openSpace = try SQLiteStatement(
        "INSERT OR IGNORE INTO spaces (tenant, plugin, version, keys, bytes) VALUES (?, ?, 0, 0, 0)",
        on: connection)
      nextVersion = try SQLiteStatement(
        "UPDATE spaces SET version = version + 1 WHERE tenant = ? AND plugin = ? RETURNING version",
        on: connection)
      usage = try SQLiteStatement(
        "SELECT keys, bytes FROM spaces WHERE tenant = ? AND plugin = ?", on: connection)
    } catch { throw StorageFailure(error, file: file, holding: KeyValueFormat.contents) }
  }

  func value(of key: String, in space: KeySpace) throws(KeyValueFailure) -> StoredValue? {
    try reading { () throws(SQLiteError) in try stored(key, in: space) }
  }

  func put(
    _ value: [UInt8], at key: String, in space: KeySpace, expecting expected: KeyExpectation, expires: Int64?,
    quota: KeySpaceQuota
  ) throws(KeyValueFailure) -> UInt64 {
    try changing { () throws(SQLiteError) -> Result<UInt64, KeyValueFailure> in
      try run(expire, space) { $0.bind(3, time.wallClock()) }
      guard expected.accepts(try stored(key, in: space)?.version) else { return .failure(.conflict) }
      try run(openSpace, space)
      try run(delete, space) { $0.bind(3, key) }
      let version = try first(nextVersion, space) { $0.integer(0) } ?? 0
      try run(insert, space) { statement in
        statement.bind(3, key)
        statement.bind(4, version)
        statement.bind(5, expires)
        statement.bind(6, blob: value)
      }
      let (keys, bytes) = try first(usage, space) { ($0.integer(0), $0.integer(1)) } ?? (0, 0)
      guard keys <= quota.keys, bytes <= quota.bytes else { return .failure(.overQuota) }
      return .success(UInt64(version))
    }
  }

  func remove(
    _ key: String, in space: KeySpace, expecting expected: KeyExpectation
  ) throws(KeyValueFailure) {
    try changing { () throws(SQLiteError) -> Result<Void, KeyValueFailure> in
      guard let found = try stored(key, in: space) else { return .failure(.notFound) }
      guard expected.accepts(found.version) else { return .failure(.conflict) }
      try run(delete, space) { $0.bind(3, key) }
      return .success(())
    }
  }

  func keys(
    in space: KeySpace, prefix: String, after: String, limit: Int
  ) throws(KeyValueFailure) -> [StoredKey] {
    try reading { () throws(SQLiteError) in
      defer { list.reset() }
      bind(list, space)
      list.bind(3, after)
      list.bind(4, Int64(prefix.utf8.count))
      list.bind(5, prefix)
      list.bind(6, prefix)
      list.bind(7, time.wallClock())
      list.bind(8, Int64(max(0, limit)))
      var keys: [StoredKey] = []
      while try list.step() {
        keys.append(
          StoredKey(
            key: list.text(0), version: UInt64(list.integer(1)), byteCount: Int(list.integer(2))))
      }
      return keys
    }
  }

  private func stored(_ key: String, in space: KeySpace) throws(SQLiteError) -> StoredValue? {
    try first(
      find, space,
      binding: { [time] statement in
        statement.bind(3, key)
        statement.bind(4, time.wallClock())
      }
    ) { StoredValue(bytes: $0.blob(1), version: UInt64($0.integer(0))) }
  }

  // MARK: Statements

  private func bind(_ statement: SQLiteStatement, _ space: KeySpace) {
    statement.bind(1, space.tenant.description)
    statement.bind(2, space.plugin)
  }

  private func run(
    _ statement: SQLiteStatement, _ space: KeySpace, binding: (SQLiteStatement) -> Void = { _ in }
  ) throws(SQLiteError) {
    bind(statement, space)
    binding(statement)
    try statement.run()
  }

  private func first<Row>(
    _ statement: SQLiteStatement, _ space: KeySpace, binding: (SQLiteStatement) -> Void = { _ in },
    _ read: (SQLiteStatement) -> Row
  ) throws(SQLiteError) -> Row? {
    defer { statement.reset() }
    bind(statement, space)
    binding(statement)
    return try statement.step() ? read(statement) : nil
  }

  private func reading<Answer>(_ body: () throws(SQLiteError) -> Answer) throws(KeyValueFailure) -> Answer {
    do throws(SQLiteError) { return try body() } catch { throw failure(error) }
  }

  /// A refusal leaves everything as it was, as an error does.
  private func changing<Answer>(
    _ body: () throws(SQLiteError) -> Result<Answer, KeyValueFailure>
  ) throws(KeyValueFailure) -> Answer {
    var outcome: Result<Answer, KeyValueFailure>
    do throws(SQLiteError) {
      try connection.execute("BEGIN IMMEDIATE")
      outcome = try body()
      if case .success = outcome { try connection.execute("COMMIT") }
    } catch { outcome = .failure(failure(error)) }
    // The first failure is the one to tell.
    if connection.isInTransaction { try? connection.execute("ROLLBACK") }
    return try outcome.get()
  }

  private func failure(_ error: SQLiteError) -> KeyValueFailure {
    .storage(StorageFailure(error, file: file, holding: KeyValueFormat.contents))
  }
}
