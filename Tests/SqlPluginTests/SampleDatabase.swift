import CSQLite
import Glibc
import TestSupport

/// A small file of known content, gone with the value.
final class SampleDatabase: Sendable {
  private let folder = TemporaryFolder()
  var path: String { folder.path + "/sample.db" }

  init(_ statements: String = "") throws {
    try run(
      """
      CREATE TABLE cities(id INTEGER PRIMARY KEY, name TEXT NOT NULL, people INTEGER, area REAL, seal BLOB);
      INSERT INTO cities VALUES (1, 'Lyon', 522228, 47.87, x'00ff10'), (2, 'Nice', 342669, 71.92, NULL),
        (3, 'Sète', NULL, 24.5, x'');
      CREATE VIEW big AS SELECT name FROM cities WHERE people > 400000;
      \(statements)
      """)
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

  func overwrite(with text: String) { folder.write(text, to: "sample.db") }

  struct Failure: Error {
    let text: String
  }
}
