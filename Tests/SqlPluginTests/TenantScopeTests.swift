import JSONCodec
import PluginABI
import PluginHarness
import Testing

/// What the analyst of `acme` tries, on a file where `globex` keeps what is classified.
struct TenantScopeTests {
  @Test(arguments: [
    "SELECT * FROM events WHERE tenant = 'globex'", "SELECT * FROM events WHERE tenant <> 'acme'",
    "SELECT * FROM events WHERE tenant = 'acme' OR 1", "SELECT * FROM events WHERE run = 'classified-1'",
    "SELECT * FROM main.events WHERE seq = 2", "SELECT * FROM temp.events WHERE seq = 2",
    "SELECT * FROM events WHERE rowid = 2", "SELECT * FROM main.events WHERE _rowid_ IN (2, 4, 5)",
    "SELECT * FROM events NOT INDEXED", "SELECT * FROM events INDEXED BY events_by_run WHERE run > 'b'",
    "WITH events AS (SELECT * FROM main.events) SELECT * FROM events",
    "WITH runs(a, b) AS (SELECT tenant, run FROM main.runs) SELECT * FROM runs",
    "WITH RECURSIVE r(i, d) AS (SELECT 0, '' UNION ALL SELECT i + 1, (SELECT data FROM events WHERE seq = i) FROM r "
      + "WHERE i < 9) SELECT * FROM r",
    "SELECT * FROM (SELECT * FROM main.events) AS events", "SELECT * FROM main.events AS rows_of_one_tenant",
    "SELECT * FROM runs UNION ALL SELECT * FROM main.runs",
    "SELECT * FROM runs WHERE (tenant, run) IN (VALUES ('globex', 'classified-1'))",
    "SELECT r.name, e.data FROM runs r LEFT JOIN events e ON e.tenant <> r.tenant",
    "SELECT r.name, e.data FROM runs r FULL JOIN main.events e ON 1",
    "SELECT (SELECT group_concat(data) FROM main.events)",
    "SELECT max(run), min(tenant), max(data) FROM events",
    "SELECT lag(data) OVER (ORDER BY seq), lead(run) OVER () FROM events",
    "SELECT json_group_array(data) FROM events",
    "SELECT * FROM json_each((SELECT json_group_array(run) FROM main.runs))",
    "SELECT * FROM everything", "SELECT * FROM main.everything", "SELECT * FROM tenants",
    "SELECT * FROM keys",
    "SELECT * FROM main.keys", "SELECT * FROM notes", "SELECT * FROM notes('classified')",
    "SELECT * FROM notes_content",
    "SELECT * FROM loud WHERE tenant = 'ACME'", "SELECT * FROM loud", "SELECT * FROM numbered",
    "SELECT * FROM sqlite_schema", "SELECT * FROM main.sqlite_master", "SELECT * FROM sqlite_temp_schema",
    "SELECT * FROM sqlite_stat1", "SELECT * FROM sqlite_stat4", "SELECT * FROM dbstat",
    "SELECT * FROM sqlite_dbpage",
    "SELECT * FROM sqlite_stmt", "SELECT * FROM pragma_table_info('keys')",
    "SELECT * FROM pragma_database_list",
    "SELECT * FROM pragma_index_list('events')", "PRAGMA table_list", "PRAGMA writable_schema = ON",
    "ATTACH 'journal.sqlite' AS other", "CREATE TEMP VIEW v AS SELECT * FROM main.events",
    "CREATE VIRTUAL TABLE keys USING rows_of_one_tenant", "SELECT * FROM rows_of_one_tenant",
    "SELECT * FROM rows_of_one_tenant('keys')", "DROP TABLE events", "UPDATE events SET tenant = 'acme'",
    "EXPLAIN SELECT * FROM events", "EXPLAIN QUERY PLAN SELECT * FROM events",
  ])
  func noStatementReachesAnotherTenantsRows(statement: String) throws {
    let scoped = try ScopedFixture()
    let outcome = scoped.query(statement)
    #expect([jf_status(JF_OK), jf_status(JF_E_TOOL)].contains(outcome.status))
    #expect(!outcome.payload.replacing(statement, with: "").contains("classified"), "\(outcome.payload)")
    #expect(
      try ScopedFixture.rows(ScopedFixture.open(scoped.sample, tenant: "globex"), Self.mine) == "[[3,3,2]]")
  }

  private static let mine =
    "SELECT count(*), sum(tenant = 'globex'), (SELECT count(*) FROM runs) FROM events"

  @Test(arguments: [
    ("SELECT count(*) FROM events", "[[3]]"), ("SELECT count(*) FROM main.events", "[[3]]"),
    ("SELECT count(*) FROM runs", "[[2]]"), ("SELECT count(1) FROM events, runs", "[[6]]"),
    ("WITH events AS (SELECT 1 FROM main.events) SELECT count(*) FROM events", "[[3]]"),
    ("SELECT sum(1) FROM events LEFT JOIN runs", "[[6]]"),
    ("SELECT EXISTS (SELECT 1 FROM runs WHERE run LIKE 'class%')", "[[0]]"),
    ("SELECT 'classified-1' IN (SELECT run FROM main.runs)", "[[0]]"),
    ("SELECT count(DISTINCT tenant) FROM events", "[[1]]"),
    ("SELECT max(seq), min(seq) FROM events", "[[6,1]]"),
    ("SELECT max(rowid) FROM events WHERE rowid > 3", "[[6]]"), ("SELECT count(*) FROM loud", "[[1]]"),
    ("SELECT count(*) FROM numbered", "[[1]]"),
    ("SELECT group_concat(name) FROM sqlite_schema", #"[["events,loud,numbered,runs"]]"#),
  ])
  func countsAndEdgesAreThoseOfTheTenant(statement: String, rows: String) throws {
    #expect(try ScopedFixture().rows(statement) == rows)
  }

  @Test(arguments: [
    "ones", "everything", "tenants", "keys", "notes", "sqlite_stat1", "main.ones", "rows_of_one_tenant",
  ])
  func whatHasNoTenantCannotEvenBeCounted(table: String) throws {
    let outcome = try ScopedFixture().query("SELECT count(*) FROM \(table)")
    #expect(outcome.status == jf_status(JF_E_TOOL))
    #expect(outcome.payload == "no such table: \(table)")
  }

  /// An error that a statement makes for some values tells which there are, even if no row of them is answered.
  @Test(arguments: [
    "SELECT run FROM events WHERE run > '' AND CASE WHEN run LIKE 'VALUE%' THEN FAIL ELSE 1 END",
    "SELECT run FROM events WHERE CASE WHEN run LIKE 'VALUE%' THEN FAIL ELSE 1 END",
    "SELECT run FROM runs WHERE iif(run LIKE 'VALUE%', FAIL, 1)",
    "SELECT run FROM events WHERE seq > 0 AND iif(run LIKE 'VALUE%', FAIL, 1) ORDER BY seq DESC",
    "SELECT run FROM events WHERE (run > 'A' AND iif(run LIKE 'VALUE%', FAIL, 1)) OR (seq = 1 AND run = '')",
    "SELECT a.run FROM runs a LEFT JOIN events b ON b.run > '' AND iif(b.run LIKE 'VALUE%', FAIL, 1)",
  ])
  func noExpressionIsComputedOnAnotherTenantsRow(statement: String) throws {
    let scoped = try ScopedFixture()
    func status(_ value: String) -> jf_status {
      let fail = "abs(-9223372036854775807 - 1)"
      return scoped.query(statement.replacing("VALUE", with: value).replacing("FAIL", with: fail)).status
    }
    #expect(status("classified") == jf_status(JF_OK))
    #expect(status("a1") == jf_status(JF_E_TOOL))
  }

  @Test(arguments: [
    ("acme", "[[3]]"), ("a'cme", "[[1]]"), ("ACME", "[[0]]"), ("acme' OR 1 --", "[[0]]"), ("%", "[[0]]"),
    ("acme\u{0}", "[[0]]"), ("12", "[[0]]"),
  ])
  func aTenantsNameIsAValueAndNothingElse(tenant: String, rows: String) throws {
    let scoped = try ScopedFixture(tenant: tenant)
    #expect(scoped.rows("SELECT count(*) FROM events") == rows)
    #expect(scoped.rows("SELECT word FROM numbered WHERE word = 'classified'") == "[]")
  }

  @Test func theSchemaListsWhatIsVisibleAndNothingElse() throws {
    let scoped = try ScopedFixture()
    #expect(scoped.tables == ["events", "loud", "numbered", "runs"])
    let schema = scoped.plugin.call("schema", #"{"database":"journal"}"#).payload
    #expect(!schema.contains("keys") && !schema.contains("everything") && !schema.contains("notes"))
    #expect(schema.contains(#"{"name":"seq","type":"INTEGER","primary_key":true,"required":false}"#))
  }

  @Test(arguments: [
    #"{"a":{"file":"/tmp/x.db"}}"#, #"{"a":{"file":"/tmp/x.db","tenant_column":""}}"#,
    #"{"a":{"file":"/tmp/x.db","tenant_column":null}}"#, #"{"a":{"tenant_column":"tenant"}}"#,
  ])
  func aScopeThatIsNotWholeOpensNothing(databases: String) throws {
    let plugin = try LoadedPlugin(library: "libsql.so")
    #expect(throws: PluginInstance.OpenError.self) {
      try PluginInstance(plugin, configuration: #"{"databases":\#(databases)}"#)
    }
  }

  @Test func withoutATenantThereIsNoScope() throws {
    #expect(throws: PluginInstance.OpenError.self) { try ScopedFixture(tenant: "") }
  }
}
