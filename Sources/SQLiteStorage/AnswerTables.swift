import CSQLite
import ModelContracts
import Storage
import ToolContracts

/// The statements that change kept answers, on the one thread that uses them.
final class AnswerTables {
  private let connection: SQLiteConnection
  private let file: String
  private let insert, remove, expire, evict, touch, clearAll, clearProvider, usage: SQLiteStatement

  init(_ connection: SQLiteConnection, file: String) throws(StorageFailure) {
    self.connection = connection
    self.file = file
    do throws(SQLiteError) {
      insert = try SQLiteStatement(
        "INSERT INTO answers (tenant, digest, provider, expires, used, answer) VALUES (?, ?, ?, ?, ?, ?)",
        on: connection)
      remove = try SQLiteStatement("DELETE FROM answers WHERE tenant = ? AND digest = ?", on: connection)
      expire = try SQLiteStatement("DELETE FROM answers WHERE tenant = ? AND expires <= ?", on: connection)
      evict = try SQLiteStatement(
        """
        DELETE FROM answers WHERE rowid =
          (SELECT rowid FROM answers WHERE tenant = ? ORDER BY used, rowid LIMIT 1)
        """, on: connection)
      touch = try SQLiteStatement(
        "UPDATE answers SET used = ? WHERE tenant = ? AND digest = ? AND used < ?", on: connection)
      clearAll = try SQLiteStatement("DELETE FROM answers WHERE tenant = ?", on: connection)
      clearProvider = try SQLiteStatement(
        "DELETE FROM answers WHERE tenant = ? AND provider = ?", on: connection)
      usage = try SQLiteStatement("SELECT entries, bytes FROM tenants WHERE tenant = ?", on: connection)
    } catch { throw StorageFailure(error, file: file, holding: AnswerFormat.contents) }
  }

  /// - Parameter uses: of answers, since this was last called.
  func keep(
    _ answer: KeptAnswer, to key: AnswerKey, at now: Int64, within bounds: AnswerBounds,
    uses: [AnswerKey: Int64]
  ) throws(StorageFailure) {
    try changing { () throws(SQLiteError) in
      try note(uses)
      let tenant = key.tenant.description
      try run(expire, tenant) { $0.bind(2, now) }
      try run(remove, tenant) { $0.bind(2, key.digest) }
      try run(insert, tenant) { statement in
        statement.bind(2, key.digest)
        statement.bind(3, answer.provider)
        statement.bind(4, answer.expires)
        statement.bind(5, now)
        statement.bind(6, blob: answer.json)
      }
      while try isOver(bounds, tenant) { try run(evict, tenant) }
    }
  }

  /// - Returns: how many there were.
  func clear(of tenant: TenantID, provider: String?) throws(StorageFailure) -> Int {
    try changing { () throws(SQLiteError) in
      if let provider {
        try run(clearProvider, tenant.description) { $0.bind(2, provider) }
      } else {
        try run(clearAll, tenant.description)
      }
      return connection.changedRows
    }
  }

  func note(usesAtTheEnd uses: [AnswerKey: Int64]) throws(StorageFailure) {
    try changing { () throws(SQLiteError) in try note(uses) }
  }

  private func note(_ uses: [AnswerKey: Int64]) throws(SQLiteError) {
    for (key, used) in uses {
      touch.bind(1, used)
      touch.bind(2, key.tenant.description)
      touch.bind(3, key.digest)
      touch.bind(4, used)
      try touch.run()
    }
  }

  private func isOver(_ bounds: AnswerBounds, _ tenant: String) throws(SQLiteError) -> Bool {
    defer { usage.reset() }
    usage.bind(1, tenant)
    guard try usage.step() else { return false }
    let entries = usage.integer(0)
    return entries > 0 && (entries > bounds.entries || usage.integer(1) > bounds.bytes)
  }

  // MARK: Statements

  private func run(
    _ statement: SQLiteStatement, _ tenant: String, binding: (SQLiteStatement) -> Void = { _ in }
  ) throws(SQLiteError) {
    statement.bind(1, tenant)
    binding(statement)
    try statement.run()
  }

  private func changing<Answer>(
    _ body: () throws(SQLiteError) -> Answer
  ) throws(StorageFailure) -> Answer {
    do { return try connection.transaction(body) } catch {
      throw StorageFailure(error, file: file, holding: AnswerFormat.contents)
    }
  }
}

/// Looks for kept answers. One thread at a time uses it.
final class AnswerFinder {
  private let file: String
  private let find: SQLiteStatement

  init(_ connection: SQLiteConnection, file: String) throws(StorageFailure) {
    self.file = file
    do throws(SQLiteError) {
      find = try SQLiteStatement(
        "SELECT answer FROM answers WHERE tenant = ? AND digest = ? AND expires > ?", on: connection)
    } catch { throw StorageFailure(error, file: file, holding: AnswerFormat.contents) }
  }

  func answer(to key: AnswerKey, at now: Int64) throws(StorageFailure) -> [UInt8]? {
    do throws(SQLiteError) {
      defer { find.reset() }
      find.bind(1, key.tenant.description)
      find.bind(2, key.digest)
      find.bind(3, now)
      return try find.step() ? find.blob(0) : nil
    } catch { throw StorageFailure(error, file: file, holding: AnswerFormat.contents) }
  }
}
