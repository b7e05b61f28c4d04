import JSONCodec
import PluginABI
import PluginHarness
import Testing

/// A scoped table is read like the table itself, if that held the tenant's rows alone.
struct TenantTableTests {
  @Test(arguments: [
    // What the demo's analyst asks.
    "SELECT count(*) FROM runs",
    "SELECT data ->> '$.tool' AS tool, count(*) AS calls FROM events WHERE kind = 'tool.started' GROUP BY tool "
      + "ORDER BY calls DESC, tool LIMIT 10",
    "SELECT kind, count(*) AS events FROM events GROUP BY kind ORDER BY events DESC, kind",
    "SELECT status, count(*) AS runs FROM runs GROUP BY status ORDER BY runs DESC, status",
    // Comparisons that the file makes, and such that look like them.
    "SELECT * FROM events", "SELECT * FROM runs ORDER BY run DESC",
    "SELECT rowid, seq FROM events ORDER BY rowid DESC",
    "SELECT seq FROM events WHERE run = 'a1' ORDER BY seq",
    "SELECT seq FROM events WHERE run = 'A1' COLLATE NOCASE",
    "SELECT seq FROM events WHERE run IN ('a1', 'a2', 'x') ORDER BY seq",
    "SELECT seq FROM events WHERE seq = '3'", "SELECT seq FROM events WHERE seq = 3.0",
    "SELECT seq FROM events WHERE seq > 1 AND seq <= 6", "SELECT seq FROM events WHERE seq BETWEEN 1.5 AND 3",
    "SELECT seq FROM events WHERE seq < 'x'", "SELECT seq FROM events WHERE seq = NULL",
    "SELECT seq FROM events WHERE seq >= 3 AND run = 'a1'", "SELECT seq FROM events WHERE step IS NULL",
    "SELECT seq FROM events WHERE run = 'a2' OR seq = 1 OR seq = 6 ORDER BY seq",
    "SELECT run FROM runs WHERE run = 'a1' OR status = 'failed' OR run = 'a2'",
    "SELECT tenant, run FROM runs WHERE (tenant, run) = ('acme', 'a1')",
    "SELECT DISTINCT run FROM events ORDER BY 1",
    "SELECT n FROM codes WHERE code = 7", "SELECT n FROM codes WHERE code = '7'",
    "SELECT n FROM codes WHERE code = '07'",
    "SELECT a.n, b.n FROM codes a JOIN codes b ON a.code = b.number ORDER BY 1, 2",
    "SELECT a.n, b.n FROM codes a JOIN codes b ON a.number = b.code ORDER BY 1, 2",
    "SELECT a.n, b.n FROM codes b CROSS JOIN codes a ON a.code < b.number ORDER BY 1, 2",
    "SELECT n FROM codes WHERE word = 'HELLO'", "SELECT n FROM codes WHERE word = 'HELLO' COLLATE BINARY",
    "SELECT n FROM codes WHERE \"a \"\"b\" = 1 AND \"select\" IS NULL", "SELECT n FROM codes WHERE any = 1",
    "SELECT count(*), sum(twice) FROM codes WHERE twice = 14",
    "SELECT r.run, e.seq FROM runs r JOIN events e USING (run) ORDER BY 1, 2",
    "SELECT r.run, e.seq FROM runs r LEFT JOIN events e ON e.run = r.run AND e.kind = 'tool.started' ORDER BY 1, 2",
    "SELECT e.seq FROM events e WHERE EXISTS (SELECT 1 FROM runs WHERE run = e.run AND finished > e.time) ORDER BY 1",
    "SELECT seq, sum(turn) OVER (PARTITION BY run ORDER BY seq) FROM events ORDER BY seq",
    "SELECT typeof(number), typeof(code), typeof(any) FROM codes ORDER BY n",
  ])
  func aStatementAnswersAsOnAFileOfOneTenant(statement: String) throws {
    let scoped = try ScopedFixture(Self.codes)
    let alone = try SqlFixture(
      ScopedFixture.tables + Self.codes
        + Self.others.map {
          "DELETE FROM \($0) WHERE tenant <> 'acme';"
        }.joined())
    let expected = alone.rows(statement)
    #expect(expected.hasPrefix("["))
    #expect(scoped.rows(statement) == expected)
  }

  private static let others = ["events", "runs", "codes"]
  private static let codes = """
    CREATE TABLE codes (n INT, tenant TEXT, code TEXT, number NUMERIC, word VARCHAR(9) COLLATE NOCASE, any,
      "a ""b" INT, "select" TEXT, twice INT AS (number * 2));
    CREATE INDEX codes_by_code ON codes (code);
    CREATE INDEX codes_by_number ON codes (number);
    CREATE INDEX codes_by_word ON codes (tenant, word);
    CREATE INDEX codes_by_twice ON codes (twice);
    CREATE INDEX codes_by_text ON codes (upper(word)) WHERE n > 1;
    INSERT INTO codes VALUES (1, 'acme', '7', 7, 'hello', 1, 1, NULL), (2, 'acme', '07', 'x', 'Hello', '1', 2, 'y'),
      (3, 'globex', '7', 7, 'HELLO', 1, 1, NULL), (4, 'acme', 'x', 7.5, NULL, 2.5, 1, 'z'),
      (5, 'acme', '8', '+', NULL, NULL, NULL, NULL);

    """

  /// Each look at the clock is 2000 steps of SQLite's machine: with the index a handful of steps, without it 100000. All
  /// but a few rows are those of `globex`.
  @Test(arguments: [
    ("SELECT count(*) FROM events WHERE run = 'a1'", "acme", true),
    ("SELECT count(*) FROM events WHERE run IN ('a1', 'a2')", "acme", true),
    ("SELECT count(*) FROM events WHERE seq BETWEEN 1 AND 6", "acme", true),
    ("SELECT data FROM events WHERE rowid = 3", "acme", true),
    ("SELECT count(*) FROM runs r JOIN events e USING (run)", "acme", true),
    ("SELECT count(*) FROM runs", "acme", true),
    ("SELECT count(*) FROM events WHERE kind = 'run.started'", "acme", false),
    ("SELECT status FROM runs WHERE run = 'r100'", "globex", true),
    ("SELECT count(*) FROM runs WHERE name = 'x'", "globex", false),
  ])
  func anIndexOfTheFileIsUsed(statement: String, tenant: String, isQuick: Bool) throws {
    let scoped = try ScopedFixture(
      """
      WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 20100)
      INSERT INTO events SELECT i, i, 'globex', 'r' || i, 1, '', 'tool.started', 1, '{}' FROM n;
      INSERT INTO runs SELECT tenant, run, 'call', 'x', 'open', 0, 1, 1, 1, 1 FROM events WHERE seq >= 100;
      ANALYZE;
      """, tenant: tenant)
    let outcome = scoped.query(statement, checks: 10)
    #expect(outcome.status == jf_status(isQuick ? JF_OK : JF_E_CANCELLED))
    #expect(scoped.query(statement).status == jf_status(JF_OK))
  }

  @Test func allThatAStatementReadsIsOfOneMoment() async throws {
    let scoped = try ScopedFixture("PRAGMA journal_mode = WAL;")
    // Counts one table, is busy for a while, and counts the other.
    let difference = """
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
      SELECT (SELECT count(*) FROM events) + 0 * (SELECT count(*) FROM n) - (SELECT count(*) FROM runs)
      """
    let answers = await withTaskGroup(of: Set<String>.self) { group in
      group.addTask { Set((0..<40).map { _ in scoped.rows(difference) }) }
      group.addTask {
        for number in 100..<400 {
          try? scoped.sample.run(
            """
            BEGIN IMMEDIATE;
            INSERT INTO events VALUES (\(number), 1, 'acme', 'n\(number)', 1, '', 'x', 1, '{}');
            INSERT INTO runs VALUES ('acme', 'n\(number)', 'call', 'x', 'open', 0, 1, 1, 1, 1);
            COMMIT
            """)
        }
        return []
      }
      return await group.reduce(into: Set<String>()) { $0.formUnion($1) }
    }
    #expect(answers == ["[[1]]"])
  }

  @Test func aFileThatCannotBeReadIsAnErrorOfTheTool() throws {
    let scoped = try ScopedFixture()
    scoped.sample.overwrite(with: String(repeating: "not a database", count: 100))
    let outcome = scoped.query("SELECT 1")
    #expect(outcome.status == jf_status(JF_E_TOOL))
    #expect(outcome.payload.contains("not a database"))
    #expect(!outcome.payload.contains(scoped.sample.path))
  }
}
