import JSONCodec
import PluginABI
import PluginHarness
import Testing

struct RefusalTests {
  @Test(arguments: [
    "INSERT INTO cities VALUES (9, 'X', 1, 1, NULL)", "UPDATE cities SET people = 0", "DELETE FROM cities",
    "DROP TABLE cities", "CREATE TABLE t(x)", "CREATE TEMP TABLE t(x)", "ATTACH ':memory:' AS other",
    "DETACH main",
    "BEGIN", "COMMIT", "SAVEPOINT s", "ANALYZE",
    "PRAGMA query_only = OFF", "PRAGMA database_list", "PRAGMA data_version = 3",
    "WITH x AS (SELECT 1) DELETE FROM cities", "REPLACE INTO cities VALUES (1, 'X', 1, 1, NULL) RETURNING id",
    "SELECT * FROM pragma_database_list", "SELECT file FROM main.pragma_database_list",
    "SELECT load_extension('/tmp/x.so')", "SELECT LOAD_EXTENSION('/tmp/x.so')",
    "SELECT fts3_tokenizer('simple')",
    "SELECT randomblob(1000000)", "SELECT zeroblob(1000000)", "SELECT last_insert_rowid()",
  ])
  func onlyReadingIsAllowed(statement: String) throws {
    let sql = try SqlFixture()
    let outcome = sql.query(statement)
    #expect(outcome.status == jf_status(JF_E_TOOL))
    #expect(
      outcome.payload.hasPrefix("not authorized") || outcome.payload.hasSuffix("known functions is allowed"))
    #expect(sql.rows("SELECT count(*), sum(people) FROM cities") == "[[3,864897]]")
  }

  @Test(arguments: [
    "SELECT 1; SELECT 2", "SELECT 1; DROP TABLE cities", "SELECT 1;;/* */ nonsense", "SELECT 1; '",
  ])
  func aSecondStatementIsRefused(statements: String) throws {
    let outcome = try SqlFixture().query(statements)
    #expect(outcome.status == jf_status(JF_E_TOOL))
    #expect(outcome.payload == "only one statement is allowed")
  }

  @Test func stepsOfTheMachineAreNotShownButAPlanIs() throws {
    let sql = try SqlFixture()
    #expect(sql.query("EXPLAIN SELECT * FROM json_each('[1]')").payload == "only SELECT is allowed")
    #expect(sql.query("EXPLAIN QUERY PLAN SELECT * FROM cities").status == jf_status(JF_OK))
  }

  @Test(arguments: ["", " -- nothing", ";"])
  func noStatementIsAnError(statement: String) throws {
    #expect(try SqlFixture().query(statement).payload == "there is no statement")
  }

  @Test(arguments: [
    ("SELECT nme FROM cities", "no such column: nme"), ("SELECT 1 FROM towns", "no such table: towns"),
    (#"SELECT 1 FROM cities WHERE name = "Lyon""#, "no such column: Lyon"),
    ("SELEC 1", #"near "SELEC": syntax error"#),
  ])
  func aMistakeIsToldInSQLitesWords(statement: String, message: String) throws {
    let outcome = try SqlFixture().query(statement)
    #expect(outcome.status == jf_status(JF_E_TOOL))
    #expect(outcome.payload.contains(message))
  }

  @Test(arguments: [
    "SELECT " + String(repeating: "(", count: 200) + "1" + String(repeating: ")", count: 200),
    "SELECT 1" + String(repeating: " UNION ALL SELECT 1", count: 60),
    "SELECT 'a' LIKE '\(String(repeating: "%a", count: 60))'",
    "SELECT length(replace(printf('%0900000d', 1), '0', '00'))",
    "SELECT \(Array(repeating: "1", count: 300).joined(separator: ","))",
    "SELECT '\(String(repeating: "x", count: 70000))'",
  ])
  func excessIsRefused(statement: String) throws {
    #expect(try SqlFixture().query(statement).status == jf_status(JF_E_TOOL))
  }

  @Test func aMessageOfAnySizeIsCutBetweenCharacters() throws {
    let outcome = try SqlFixture().query("SELECT \"\(String(repeating: "é", count: 3000))\" FROM cities")
    #expect(outcome.status == jf_status(JF_E_TOOL))
    #expect(outcome.payload.utf8.count <= 500)
    #expect(outcome.payload.hasSuffix("é"))
  }

  private static let endless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n"

  @Test func aCallThatNobodyWaitsForStops() throws {
    let outcome = try SqlFixture().query(Self.endless, checks: 50)
    #expect(outcome.status == jf_status(JF_E_CANCELLED))
  }

  @Test func aQueryStopsWhenItsTimeIsOver() throws {
    let outcome = try SqlFixture(limits: #""timeout_ms":1"#).query(Self.endless)
    #expect(outcome.status == jf_status(JF_E_DEADLINE))
    #expect(outcome.payload == "the query took too long and was stopped")
  }

  @Test(arguments: [#"{}"#, #"{"databases":{}}"#, #"{"databases":{"a":""}}"#])
  func aConfigurationWithoutADatabaseOpensNothing(configuration: String) throws {
    let plugin = try LoadedPlugin(library: "libsql.so")
    #expect(throws: PluginInstance.OpenError.self) {
      try PluginInstance(plugin, configuration: configuration)
    }
  }
}
