import CSQLite
import Storage

/// How the journal lies in its file, and how a file of an older release becomes one of this.
enum JournalFormat {
  /// "JFJ1": tells file(1) and us whose database this is.
  static let applicationID: Int64 = 0x4a46_4a31

  /// Each brings a file from the version of its position to the next. Released ones never change.
  private static let migrations = [
    // `run` is text, not 16 bytes, so that people and the sql tool can read it: 10 bytes more a row. Its order as text is
    // its order in time.
    """
    CREATE TABLE events (
      seq INTEGER PRIMARY KEY,
      time INTEGER NOT NULL,
      tenant TEXT NOT NULL,
      run TEXT NOT NULL,
      turn INTEGER NOT NULL,
      agent TEXT NOT NULL,
      kind TEXT NOT NULL,
      step INTEGER,
      data TEXT NOT NULL
    ) STRICT;
    CREATE INDEX events_by_run ON events (run);
    CREATE TABLE runs (
      tenant TEXT NOT NULL,
      run TEXT NOT NULL,
      subject TEXT NOT NULL,
      name TEXT NOT NULL,
      status TEXT NOT NULL,
      reached_limit INTEGER NOT NULL,
      started INTEGER NOT NULL,
      finished INTEGER,
      event_count INTEGER NOT NULL,
      last_seq INTEGER NOT NULL,
      PRIMARY KEY (tenant, run)
    ) STRICT, WITHOUT ROWID;
    """
  ]

  static var version: Int64 { Int64(migrations.count) }

  /// Makes a database that was just opened for writing a journal of this version.
  static func prepare(_ connection: SQLiteConnection, file: String) throws(StorageFailure) {
    do throws(SQLiteError) {
      guard !connection.isReadOnly else {
        throw SQLiteError(code: SQLITE_READONLY, systemError: 0, message: "")
      }
      // FULL: an acknowledged event survives a power cut. The log is cut back after a checkpoint that has grown it.
      try connection.execute("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216")
    } catch { throw StorageFailure(error, file: file) }
    guard try found(in: connection, file: file) < version else { return }
    do throws(SQLiteError) { try connection.execute("PRAGMA journal_mode = WAL") } catch {
      throw StorageFailure(error, file: file)
    }
    try migrate(connection, file: file)
  }

  /// The version of the file; 0 for one that is new.
  private static func found(in connection: SQLiteConnection, file: String) throws(StorageFailure) -> Int64 {
    let (application, found, objects): (Int64, Int64, Int64)
    do throws(SQLiteError) {
      application = try connection.integer("PRAGMA application_id")
      found = try connection.integer("PRAGMA user_version")
      objects = try connection.integer("SELECT count(*) FROM sqlite_schema")
    } catch { throw StorageFailure(error, file: file) }
    if application == 0 && found == 0 && objects == 0 { return 0 }
    guard application == applicationID, found > 0 else {
      throw StorageFailure(
        .corrupt, "'\(file)' is a database of another program; name another file for the journal")
    }
    guard found <= version else {
      throw StorageFailure(
        .newerVersion,
        "the journal '\(file)' was written by a newer release (format \(found), this one reads \(version)); use that one"
      )
    }
    return found
  }

  private static func migrate(_ connection: SQLiteConnection, file: String) throws(StorageFailure) {
    do throws(SQLiteError) {
      try connection.execute("BEGIN IMMEDIATE")
    } catch { throw StorageFailure(error, file: file) }
    do throws(StorageFailure) {
      // Asked again: another process may have been faster.
      let found = try found(in: connection, file: file)
      do throws(SQLiteError) {
        for migration in migrations[Int(found)...] { try connection.execute(migration) }
        try connection.execute(
          "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version); COMMIT")
      } catch { throw StorageFailure(error, file: file) }
    } catch {
      // The first failure is the one to tell.
      try? connection.execute("ROLLBACK")
      throw error
    }
  }
}
