import JSONCodec
import PluginABI
import PluginHarness

/// The plugin as its users meet it: the shared object, opened on a sample database.
struct SqlFixture {
  let sample: SampleDatabase
  let plugin: PluginInstance

  /// - Parameter limits: further members of the configuration, as in `"max_rows":2`.
  init(_ statements: String = "", limits: String = #""max_rows":100"#) throws {
    sample = try SampleDatabase(statements)
    plugin = try PluginInstance(
      LoadedPlugin(library: "libsql.so"),
      configuration: #"{"databases":{"sample":"\#(sample.path)","gone":"/nowhere/gone.db"},\#(limits)}"#)
  }

  func query(_ sql: String, _ more: [(String, JSONValue)] = [], checks: Int = .max) -> PluginInstance.Outcome
  {
    let members: [(String, JSONValue)] = [("database", "sample"), ("sql", .string(sql))] + more
    return plugin.call(
      "query", JSONValue.object(JSONObject(uniqueKeysWithValues: members)).text, checks: checks)
  }

  /// The rows of a query that must succeed, as JSON text; else the message.
  func rows(_ sql: String, _ more: [(String, JSONValue)] = []) -> String {
    let outcome = query(sql, more)
    guard outcome.status == jf_status(JF_OK) else { return "\(outcome.status): \(outcome.payload)" }
    return outcome.json["rows"]?.text ?? outcome.payload
  }
}
