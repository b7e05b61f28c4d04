/// A full-text index over the sections of a folder's files. For one thread at a time.
package struct SearchIndex: ~Copyable {
  package struct Hit: Codable, Equatable, Sendable {
    /// Relative to the folder.
    package var file: String
    /// Where `snippet` begins; the first line of a file is 1.
    package var line: Int
    package var heading: String
    /// The file's own text, at most 300 characters.
    package var snippet: String
    /// Greater is better; comparable within one answer only.
    package var score: Double
  }

  package enum Mode: String, Codable, Sendable, CaseIterable {
    /// Every result has all the words.
    case all
    /// Too few had them all: some results have only some.
    case any
  }

  package struct Failure: Error {
    package let message: String
  }

  private let database: Database
  private let folder: Folder

  /// Changes with the tables below: an index of another layout is built anew.
  private static let layout = 1
  /// With fewer results that have all the words, those that have some of them follow.
  private static let enough = 3

  /// - Parameter path: Where the index is kept between two starts; in memory if nil.
  package init(folder: Folder, path: String?) throws(Failure) {
    database = try Self.opened(path, for: folder)
    self.folder = folder
  }

  private static func opened(_ path: String?, for folder: Folder) throws(Failure) -> Database {
    do {
      let database = try Database(path: path)
      try prepare(database, for: folder)
      return database
    } catch {
      throw Failure(message: "the index cannot be opened: \(error)")
    }
  }

  private static func prepare(_ database: borrowing Database, for folder: Folder) throws(Database.Failure) {
    try database.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
    let found = try database.rows("PRAGMA user_version") { $0.integer(0) }.first
    if found == Int64(layout),
      try database.rows("SELECT root FROM origin", map: { $0.text(0) }) == [folder.root]
    {
      return
    }
    // Porter's stems, so that "promises" finds "promise".
    try database.run(
      """
      BEGIN;
      DROP TABLE IF EXISTS origin; DROP TABLE IF EXISTS files; DROP TABLE IF EXISTS sections;
      CREATE TABLE origin(root TEXT NOT NULL);
      CREATE TABLE files(path TEXT PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER NOT NULL,
        first INTEGER NOT NULL, count INTEGER NOT NULL) WITHOUT ROWID;
      CREATE VIRTUAL TABLE sections USING fts5(file UNINDEXED, line UNINDEXED, heading, body,
        tokenize = 'porter unicode61 remove_diacritics 2');
      PRAGMA user_version = \(layout);
      """)
    try database.run("INSERT INTO origin VALUES (?1)", .text(folder.root))
    try database.run("COMMIT")
  }

  /// Makes the index say what the files say. Reads only the files whose size or time of change is another.
  ///
  /// - Parameter step: Called before each file is read; what it throws ends the work, and what is done stays done.
  /// - Returns: how many files were read or removed.
  @discardableResult
  package mutating func refresh(step: @Sendable () throws -> Void = {}) throws -> Int {
    let present = try folder.files()
    let known = try database.rows("SELECT path, size, modified FROM files") { row in
      Folder.File(path: row.text(0), size: Int(row.integer(1)), modified: row.integer(2))
    }
    let changed = Set(present).subtracting(known).sorted { $0.path < $1.path }
    let gone = Set(known.map(\.path)).subtracting(present.map(\.path)).sorted()
    for path in gone { try transaction { () throws(Database.Failure) in try remove(path) } }
    for file in changed {
      try step()
      try transaction { () throws(Database.Failure) in
        try remove(file.path)
        if let text = folder.text(of: file.path) { try add(file, MarkdownSection.sections(of: text)) }
      }
    }
    return gone.count + changed.count
  }

  private func transaction(_ body: () throws(Database.Failure) -> Void) throws(Database.Failure) {
    try database.run("BEGIN IMMEDIATE")
    do {
      try body()
      try database.run("COMMIT")
    } catch {
      try? database.run("ROLLBACK")  // The first failure is the one to tell.
      throw error
    }
  }

  private func remove(_ path: String) throws(Database.Failure) {
    try database.run(
      """
      DELETE FROM sections WHERE rowid IN (
        SELECT s.rowid FROM files f JOIN sections s ON s.rowid BETWEEN f.first AND f.first + f.count - 1
        WHERE f.path = ?1)
      """, .text(path))
    try database.run("DELETE FROM files WHERE path = ?1", .text(path))
  }

  private func add(_ file: Folder.File, _ sections: [MarkdownSection]) throws(Database.Failure) {
    let last = try database.rows("SELECT max(first + count) FROM files") { $0.integer(0) }.first ?? 0
    let first = max(1, last)
    for (index, section) in sections.enumerated() {
      try database.run(
        "INSERT INTO sections(rowid, file, line, heading, body) VALUES (?1, ?2, ?3, ?4, ?5)",
        .integer(first + Int64(index)), .text(file.path), .integer(Int64(section.line)),
        .text(section.heading),
        .text(Snippet.withoutMarks(section.text)))
    }
    try database.run(
      "INSERT INTO files VALUES (?1, ?2, ?3, ?4, ?5)", .text(file.path), .integer(Int64(file.size)),
      .integer(file.modified), .integer(first), .integer(Int64(sections.count)))
  }

  /// The best sections for a text that may hold anything; none if it holds no word.
  package func search(_ text: String, limit: Int) throws -> (hits: [Hit], mode: Mode) {
    let query = SearchQuery(text)
    guard !query.isEmpty else { return ([], .all) }
    var hits = try hits(for: query.all, limit: limit)
    guard hits.count < min(limit, Self.enough), let any = query.any else { return (hits, .all) }
    let more = try self.hits(for: any, limit: limit + hits.count).filter { more in
      !hits.contains { $0.file == more.file && $0.heading == more.heading && $0.line == more.line }
    }
    hits += more.prefix(limit - hits.count)
    return (hits, more.isEmpty ? .all : .any)
  }

  private func hits(for expression: String, limit: Int) throws(Database.Failure) -> [Hit] {
    // A word in a heading counts as much as five in the text. File and line, so that equals keep one order.
    try database.rows(
      """
      SELECT file, line, heading, highlight(sections, 3, char(2), char(3)), bm25(sections, 0, 0, 5, 1) AS rank
      FROM sections WHERE sections MATCH ?1 ORDER BY rank, file, line LIMIT ?2
      """, .text(expression), .integer(Int64(limit))
    ) { row in
      let snippet = Snippet(marked: row.text(3))
      return Hit(
        file: row.text(0), line: Int(row.integer(1)) + snippet.offset, heading: row.text(2),
        snippet: snippet.text,
        score: (-row.real(4) * 1000).rounded() / 1000)
    }
  }

  /// A file's content, nil if it is not one of the index.
  package func text(of path: String) throws -> String? {
    let known = try database.rows("SELECT 1 FROM files WHERE path = ?1", .text(path)) { $0.integer(0) }
    return known.isEmpty ? nil : folder.text(of: path)
  }
}
