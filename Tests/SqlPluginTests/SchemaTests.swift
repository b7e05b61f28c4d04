import JSONCodec
import PluginABI
import PluginHarness
import Testing

struct SchemaTests {
  @Test func tablesAndViewsAreListedWithTheirColumns() throws {
    let sql = try SqlFixture(
      """
      CREATE VIRTUAL TABLE pages USING fts5(body);
      CREATE TABLE sums(a INT, twice INT AS (a * 2));
      CREATE TABLE lost(x); CREATE VIEW broken AS SELECT x FROM lost; DROP TABLE lost;
      """)
    let tables = try #require(sql.plugin.call("schema", #"{"database":"sample"}"#).json["tables"]?.array)
    #expect(tables.compactMap { $0["name"]?.string } == ["big", "broken", "cities", "pages", "sums"])
    #expect(tables.compactMap { $0["type"]?.string } == ["view", "view", "table", "virtual", "table"])
    #expect(tables[1]["columns"] == [])
    #expect(
      tables[2]["columns"]?[1] == ["name": "name", "type": "TEXT", "primary_key": false, "required": true])
    #expect(tables[2]["columns"]?[0]?["primary_key"] == true)
    #expect(tables[3]["columns"]?.array?.compactMap { $0["name"]?.string } == ["body"])
    #expect(tables[4]["columns"]?.array?.compactMap { $0["name"]?.string } == ["a", "twice"])
  }

  @Test func aLongSchemaEndsAfterItsLastWholeTable() throws {
    let tables = (1...30).map { "CREATE TABLE t\($0)(a_rather_long_name INTEGER);" }.joined()
    let sql = try SqlFixture(tables, limits: #""max_bytes":1024"#)
    let outcome = sql.plugin.call("schema", #"{"database":"sample"}"#)
    #expect(outcome.payload.utf8.count <= 1024)
    #expect(outcome.json["truncated"] == true)
    #expect((outcome.json["tables"]?.array?.count ?? 0) > 2)
  }

  @Test func theTableSaysWhatTheDescriptorSays() throws {
    let plugin = try LoadedPlugin(library: "libsql.so")
    #expect(plugin.table.pointee.id.text == "sql")
    #expect(plugin.functions.map { $0.name.text } == ["query", "schema"])
    #expect(plugin.functions.allSatisfy { $0.effect == Int32(JF_EFFECT_NONE) && $0.flags == 0 })
  }
}
