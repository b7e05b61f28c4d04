import Storage

/// How plugins' values lie in their file. `DatabaseFormat` brings older files up to date.
enum KeyValueFormat {
  /// As messages to the operator name the file.
  static let contents = "plugins' values"

  static let format = DatabaseFormat(
    // "JFK1"
    applicationID: 0x4a46_4b31, contents: contents,
    // Each brings a file from the version of its position to the next. Released ones never change.
    migrations: [
      // Keys compare as bytes: SQLite's default for text. What a space holds is counted as it changes: a sum over it
      // would make every put as slow as the space is large.
      """
      CREATE TABLE spaces (
        tenant TEXT NOT NULL,
        plugin TEXT NOT NULL,
        version INTEGER NOT NULL,
        keys INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        PRIMARY KEY (tenant, plugin)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE entries (
        tenant TEXT NOT NULL,
        plugin TEXT NOT NULL,
        key TEXT NOT NULL,
        version INTEGER NOT NULL,
        expires INTEGER,
        value BLOB NOT NULL,
        PRIMARY KEY (tenant, plugin, key)
      ) STRICT;
      CREATE INDEX entries_by_expiry ON entries (tenant, plugin, expires) WHERE expires IS NOT NULL;
      CREATE TRIGGER entry_came AFTER INSERT ON entries BEGIN
        UPDATE spaces SET keys = keys + 1, bytes = bytes + length(CAST(new.key AS BLOB)) + length(new.value)
          WHERE tenant = new.tenant AND plugin = new.plugin;
      END;
      CREATE TRIGGER entry_went AFTER DELETE ON entries BEGIN
        UPDATE spaces SET keys = keys - 1, bytes = bytes - length(CAST(old.key AS BLOB)) - length(old.value)
          WHERE tenant = old.tenant AND plugin = old.plugin;
      END;
      """
    ])
}
