import JSONCodec
import PluginABI
import PluginHarness
import Testing

struct QueryTests {
  @Test func rowsComeBackInOrderWithTheirTypes() throws {
    let sql = try SqlFixture()
    let result = sql.query("SELECT name, people, area, seal FROM cities ORDER BY id").json
    #expect(result["columns"] == ["name", "people", "area", "seal"])
    #expect(
      result["rows"] == [
        ["Lyon", 522228, 47.87, ["base64": "AP8Q"]], ["Nice", 342669, 71.92, nil],
        ["Sète", nil, 24.5, ["base64": ""]],
      ])
    #expect(result["truncated"] == false)
  }

  @Test func viewsRecursionWindowsAndJSONAreForReading() throws {
    let sql = try SqlFixture()
    #expect(sql.rows("SELECT name FROM big") == #"[["Lyon"]]"#)
    #expect(
      sql.rows("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<4) SELECT sum(i) FROM n")
        == "[[10]]")
    #expect(sql.rows("SELECT ROW_NUMBER() OVER (ORDER BY name DESC) FROM cities LIMIT 1") == "[[1]]")
    #expect(sql.rows(#"SELECT value ->> '$.a' FROM json_each('[{"a":7}]')"#) == "[[7]]")
    #expect(sql.rows("-- how many?\nSELECT count(*) FROM cities; -- done") == "[[3]]")
  }

  @Test func virtualTablesCanBeRead() throws {
    let sql = try SqlFixture(
      """
      CREATE VIRTUAL TABLE pages USING fts5(body); INSERT INTO pages VALUES ('a jack field'), ('a plain field');
      CREATE VIRTUAL TABLE boxes USING rtree(id, low, high); INSERT INTO boxes VALUES (1, 0, 2), (2, 5, 9);
      """)
    #expect(sql.rows("SELECT id FROM boxes WHERE high < 3") == "[[1]]")
    #expect(
      sql.rows(
        "SELECT highlight(pages, 0, '<', '>') FROM pages WHERE pages MATCH 'jack' ORDER BY bm25(pages)")
        == #"[["a <jack> field"]]"#)
  }

  @Test func parametersKeepTheirJSONTypes() throws {
    let sql = try SqlFixture()
    let types = sql.rows(
      "SELECT typeof(?1), typeof(?2), typeof(?3), typeof(?4), ?5, ?3",
      [("parameters", ["x' OR 1=1 --", 7, 2.5, nil, true])])
    #expect(types == #"[["text","integer","real","null",1,2.5]]"#)
    #expect(sql.rows("SELECT count(*) FROM cities WHERE name = ?1", [("parameters", ["Sète"])]) == "[[1]]")
  }

  @Test(arguments: [([], 0), ([1, 2, 3], 3)] as [([JSONValue], Int)])
  func aWrongNumberOfParametersIsToldToTheModel(parameters: [JSONValue], given: Int) throws {
    let outcome = try SqlFixture().query("SELECT ?1, ?2", [("parameters", .array(parameters))])
    #expect(outcome.status == jf_status(JF_E_TOOL))
    #expect(outcome.payload == "the statement has 2 parameters, \(given) were given")
  }

  @Test(arguments: [
    ("1e999", "null"), ("-1e999", "null"), ("0.1 + 0.2", "0.30000000000000004"), ("2.0", "2.0"),
    ("1e300 * 10", "1e+301"), ("9223372036854775807", "9223372036854775807"), ("5e-324", "5e-324"),
    ("1/3.0", "0.3333333333333333"), ("NULL", "null"),
  ])
  func numbersAreWrittenSoThatTheyReadBackTheSame(expression: String, json: String) throws {
    let payload = try SqlFixture().query("SELECT \(expression)").payload
    let rows = try #require(payload.firstRange(of: #""rows":"#))
    let text = payload[rows.upperBound...].prefix { $0 != "]" }.dropFirst(2)
    #expect(Double(text) == Double(json))
    #expect(text.contains(where: { ".eln".contains($0) }) == json.contains(where: { ".eln".contains($0) }))
  }

  @Test func textThatIsNotUTF8IsMended() throws {
    let sql = try SqlFixture()
    let broken = "SELECT CAST(x'41ff42c0af43eda08044f4908080' AS TEXT), char(9, 34, 92, 1, 10)"
    let row = sql.query(broken).json["rows"]?[0]
    #expect(
      row?[0]?.string
        == "A\u{FFFD}B\u{FFFD}\u{FFFD}C\u{FFFD}\u{FFFD}\u{FFFD}D\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}")
    #expect(row?[1]?.string == "\t\"\\\u{1}\n")
  }

  @Test func aResultEndsAfterItsLastWholeRowWhereALimitIsMet() throws {
    let sql = try SqlFixture(limits: #""max_rows":100,"max_bytes":1100"#)
    let three = sql.query("SELECT id FROM cities", [("max_rows", 3)]).json
    #expect(three["truncated"] == false)
    let two = sql.query("SELECT id FROM cities", [("max_rows", 2)]).json
    #expect(two["rows"]?.array?.count == 2)
    #expect(two["truncated"] == true)
    let long = sql.query("SELECT printf('%0300d', id) FROM cities UNION ALL SELECT printf('%0300d', 9)")
    #expect(long.payload.utf8.count <= 1100)
    #expect(long.json["rows"]?.array?.count == 3)
    #expect(long.json["truncated"] == true)
    let wide = sql.query("SELECT printf('%02000d', 1)").json
    #expect(wide["rows"] == [])
    #expect(wide["truncated"] == true)
  }

  @Test func aCallCannotAskForMoreRowsThanTheOperatorAllows() throws {
    let sql = try SqlFixture(limits: #""max_rows":2"#)
    #expect(sql.query("SELECT id FROM cities", [("max_rows", 1000)]).json["rows"]?.array?.count == 2)
  }

  @Test func anUnknownDatabaseIsAnsweredWithTheKnownNames() throws {
    let sql = try SqlFixture()
    let outcome = sql.plugin.call("query", #"{"database":"journl","sql":"SELECT 1"}"#)
    #expect(outcome.status == jf_status(JF_E_TOOL))
    #expect(outcome.payload == "no database 'journl'; there are: sample, gone")
  }

  @Test func aMissingFileIsToldByNameAndItsPathIsForTheOperatorAlone() throws {
    let sql = try SqlFixture()
    for (function, arguments) in [
      ("query", #"{"database":"gone","sql":"SELECT 1"}"#), ("schema", #"{"database":"gone"}"#),
    ] {
      let outcome = sql.plugin.call(function, arguments)
      #expect(outcome.status == jf_status(JF_E_TOOL))
      #expect(outcome.payload == "database 'gone' cannot be opened")
    }
    #expect(sql.plugin.log.count == 2)
    #expect(sql.plugin.log.allSatisfy { $0.contains("/nowhere/gone.db") })
  }

  @Test func aFileThatIsNoDatabaseIsAnErrorOfTheTool() throws {
    let sql = try SqlFixture()
    sql.sample.overwrite(with: String(repeating: "not a database", count: 100))
    let outcome = sql.query("SELECT 1 FROM cities")
    #expect(outcome.status == jf_status(JF_E_TOOL))
    #expect(outcome.payload.contains("not a database"))
  }
}
