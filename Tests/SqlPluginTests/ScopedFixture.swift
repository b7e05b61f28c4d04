import JSONCodec
import PluginABI
import PluginHarness

/// One file with the rows of three tenants, opened for one of them. What only `globex` may read says `classified`.
struct ScopedFixture {
  let sample: SampleDatabase
  let plugin: PluginInstance

  init(_ statements: String = "", tenant: String = "acme") throws {
    sample = try SampleDatabase(Self.tables + statements)
    plugin = try Self.open(sample, tenant: tenant)
  }

  static func open(_ sample: SampleDatabase, tenant: String) throws -> PluginInstance {
    try PluginInstance(
      LoadedPlugin(library: "libsql.so"),
      configuration: #"{"databases":{"journal":{"file":"\#(sample.path)","tenant_column":"tenant"}}}"#,
      tenant: tenant)
  }

  func query(_ sql: String, _ parameters: [JSONValue] = [], checks: Int = .max) -> PluginInstance.Outcome {
    Self.query(plugin, sql, parameters, checks: checks)
  }

  static func query(
    _ plugin: PluginInstance, _ sql: String, _ parameters: [JSONValue] = [], checks: Int = .max
  ) -> PluginInstance.Outcome {
    let arguments: JSONValue = [
      "database": "journal", "sql": .string(sql), "parameters": .array(parameters),
    ]
    return plugin.call("query", arguments.text, checks: checks)
  }

  /// The rows of a query that must succeed, as JSON text; else the message.
  func rows(_ sql: String, _ parameters: [JSONValue] = []) -> String { Self.rows(plugin, sql, parameters) }

  static func rows(_ plugin: PluginInstance, _ sql: String, _ parameters: [JSONValue] = []) -> String {
    let outcome = query(plugin, sql, parameters)
    guard outcome.status == jf_status(JF_OK) else { return "\(outcome.status): \(outcome.payload)" }
    return outcome.json["rows"]?.text ?? outcome.payload
  }

  var tables: [String] {
    let listed = plugin.call("schema", #"{"database":"journal"}"#).json["tables"]?.array ?? []
    return listed.compactMap { $0["name"]?.string }
  }

  /// `events` and `runs` are those of the journal.
  static let tables = """
    CREATE TABLE events (seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, tenant TEXT NOT NULL, run TEXT NOT NULL,
      turn INTEGER NOT NULL, agent TEXT NOT NULL, kind TEXT NOT NULL, step INTEGER, data TEXT NOT NULL) STRICT;
    CREATE INDEX events_by_run ON events (run);
    CREATE TABLE runs (tenant TEXT NOT NULL, run TEXT NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL,
      status TEXT NOT NULL, reached_limit INTEGER NOT NULL, started INTEGER NOT NULL, finished INTEGER,
      event_count INTEGER NOT NULL, last_seq INTEGER NOT NULL, PRIMARY KEY (tenant, run)) STRICT, WITHOUT ROWID;
    INSERT INTO events VALUES
      (1, 10, 'acme', 'a1', 0, '', 'run.started', NULL, '{}'),
      (2, 11, 'globex', 'classified-1', 0, '', 'run.started', NULL, '{"tool":"classified"}'),
      (3, 12, 'acme', 'a1', 1, 'triage', 'tool.started', 1, '{"tool":"calc.evaluate"}'),
      (4, 13, 'globex', 'classified-1', 1, 'classified', 'tool.started', 1, '{"tool":"classified"}'),
      (5, 14, 'globex', 'classified-2', 1, 'classified', 'tool.started', 1, '{"tool":"classified"}'),
      (6, 15, 'acme', 'a2', 1, 'triage', 'tool.started', 2, '{"tool":"calc.evaluate"}'),
      (7, 16, 'a''cme', 'quoted', 1, '', 'run.started', NULL, '{}');
    INSERT INTO runs VALUES
      ('acme', 'a1', 'flow', 'helpdesk', 'succeeded', 0, 10, 12, 2, 3),
      ('acme', 'a2', 'flow', 'helpdesk', 'failed', 0, 15, NULL, 1, 6),
      ('globex', 'classified-1', 'flow', 'classified', 'succeeded', 0, 11, 13, 2, 4),
      ('globex', 'classified-2', 'call', 'classified', 'open', 0, 14, NULL, 1, 5);
    CREATE TABLE keys (name TEXT, value TEXT);
    INSERT INTO keys VALUES ('globex', 'classified');
    CREATE VIEW everything AS SELECT * FROM events;
    CREATE VIEW ones AS SELECT 1 AS one FROM events;
    CREATE VIEW tenants AS SELECT DISTINCT tenant FROM events;
    CREATE VIRTUAL TABLE notes USING fts5(tenant, body);
    INSERT INTO notes VALUES ('globex', 'classified'), ('acme', 'mine');
    CREATE TABLE loud (Tenant TEXT COLLATE NOCASE, word TEXT);
    CREATE INDEX loud_by_tenant ON loud (Tenant);
    INSERT INTO loud VALUES ('ACME', 'classified'), ('acme', 'mine');
    CREATE TABLE numbered (tenant INTEGER, word TEXT);
    INSERT INTO numbered VALUES (12, 'classified'), ('acme', 'mine'), (x'61636d65', 'classified');
    ANALYZE;

    """
}
