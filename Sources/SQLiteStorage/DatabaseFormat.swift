import CSQLite
import Storage

/// How a database of ours lies in its file, and how a file of an older release becomes one of this.
struct DatabaseFormat: Sendable {
  /// Tells file(1) and us whose database this is.
  let applicationID: Int64
  /// As messages to the operator name it.
  let contents: String
  /// Each brings a file from the version of its position to the next.
  let migrations: [String]

  var version: Int64 { Int64(migrations.count) }

  /// Makes a database that was just opened for writing one of this format and version.
  func prepare(_ connection: SQLiteConnection, file: String) throws(StorageFailure) {
    do throws(SQLiteError) {
      guard !connection.isReadOnly else {
        throw SQLiteError(code: SQLITE_READONLY, systemError: 0, message: "")
      }
      // FULL: an acknowledged event survives a power cut. A checkpoint each 4000 pages, not 1000: pages that are written again
      // and again are moved seldom, and the log's index still fits into one block. The log is cut back after one that has
      // grown it.
      try connection.execute(
        "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 16777216")
    } catch { throw StorageFailure(error, file: file, holding: contents) }
    guard try foundAtOnce(in: connection, file: file) < version else { return }
    do throws(SQLiteError) { try connection.execute("PRAGMA journal_mode = WAL") } catch {
      throw StorageFailure(error, file: file, holding: contents)
    }
    try migrate(connection, file: file)
  }

  /// In one transaction: another process may be making the file, and half of what it makes is another program's.
  private func foundAtOnce(in connection: SQLiteConnection, file: String) throws(StorageFailure) -> Int64 {
    do throws(SQLiteError) { try connection.execute("BEGIN") } catch {
      throw StorageFailure(error, file: file, holding: contents)
    }
    defer { try? connection.execute("ROLLBACK") }
    return try found(in: connection, file: file)
  }

  /// The version of the file; 0 for one that is new.
  private func found(in connection: SQLiteConnection, file: String) throws(StorageFailure) -> Int64 {
    let (application, found, objects): (Int64, Int64, Int64)
    do throws(SQLiteError) {
      application = try connection.integer("PRAGMA application_id")
      found = try connection.integer("PRAGMA user_version")
      objects = try connection.integer("SELECT count(*) FROM sqlite_schema")
    } catch { throw StorageFailure(error, file: file, holding: contents) }
    if application == 0 && found == 0 && objects == 0 { return 0 }
    guard application == applicationID, found > 0 else {
      throw StorageFailure(
        .corrupt, "'\(file)' is a database of another program; name another file for the \(contents)")
    }
    guard found <= version else {
      throw StorageFailure(
        .newerVersion,
        "the \(contents) '\(file)' was written by a newer release (format \(found), this one reads \(version)); use that one"
      )
    }
    return found
  }

  private func migrate(_ connection: SQLiteConnection, file: String) throws(StorageFailure) {
    do throws(SQLiteError) {
      try connection.execute("BEGIN IMMEDIATE")
    } catch { throw StorageFailure(error, file: file, holding: contents) }
    do throws(StorageFailure) {
      // Asked again: another process may have been faster.
      let found = try found(in: connection, file: file)
      do throws(SQLiteError) {
        for migration in migrations[Int(found)...] { try connection.execute(migration) }
        try connection.execute(
          "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version); COMMIT")
      } catch { throw StorageFailure(error, file: file, holding: contents) }
    } catch {
      // The first failure is the one to tell.
      try? connection.execute("ROLLBACK")
      throw error
    }
  }
}
