import CSQLite
import Glibc

/// A small file of known content in a folder of its own, gone with the value.
final class SampleDatabase: Sendable {
  let folder: String
  var path: String { folder + "/sample.db" }

  init(_ statements: String = "") throws {
    var template = Array("/tmp/jackfield-sql-XXXXXX".utf8CString)
    guard let folder = mkdtemp(&template) else { throw Failure(errno: errno) }
    self.folder = String(cString: folder)
    try run(
      """
      CREATE TABLE cities(id INTEGER PRIMARY KEY, name TEXT NOT NULL, people INTEGER, area REAL, seal BLOB);
      INSERT INTO cities VALUES (1, 'Lyon', 522228, 47.87, x'00ff10'), (2, 'Nice', 342669, 71.92, NULL),
        (3, 'Sète', NULL, 24.5, x'');
      CREATE VIEW big AS SELECT name FROM cities WHERE people > 400000;
      \(statements)
      """)
  }

  deinit {
    for name in ["sample.db", "sample.db-wal", "sample.db-shm"] { unlink(folder + "/" + name) }
    rmdir(folder)
  }

  func run(_ sql: String) throws {
    var connection: OpaquePointer?
    defer { sqlite3_close(connection) }
    sqlite3_open(path, &connection)
    sqlite3_busy_timeout(connection, 10_000)
    var message: UnsafeMutablePointer<CChar>?
    guard sqlite3_exec(connection, sql, nil, nil, &message) == SQLITE_OK else {
      defer { sqlite3_free(message) }
      throw Failure(text: message.map { String(cString: $0) } ?? "?")
    }
  }

  func overwrite(with text: String) throws {
    guard let file = fopen(path, "w") else { throw Failure(errno: errno) }
    fputs(text, file)
    fclose(file)
  }

  struct Failure: Error {
    var errno: Int32 = 0
    var text = ""
  }
}
