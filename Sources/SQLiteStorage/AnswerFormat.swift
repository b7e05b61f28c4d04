import Storage

/// How kept answers lie in their file. `DatabaseFormat` brings older files up to date.
enum AnswerFormat {
  /// As messages to the operator name the file.
  static let contents = "kept answers"

  static let format = DatabaseFormat(
    // "JFA1"
    applicationID: 0x4a46_4131, contents: contents,
    // Each brings a file from the version of its position to the next. Released ones never change.
    migrations: [
      // What a tenant has is counted as it changes: a sum over it would make every answer as slow as there are others.
      """
      CREATE TABLE tenants (
        tenant TEXT PRIMARY KEY,
        entries INTEGER NOT NULL,
        bytes INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE answers (
        tenant TEXT NOT NULL,
        digest TEXT NOT NULL,
        provider TEXT NOT NULL,
        expires INTEGER NOT NULL,
        used INTEGER NOT NULL,
        answer BLOB NOT NULL,
        PRIMARY KEY (tenant, digest)
      ) STRICT;
      CREATE INDEX answers_by_use ON answers (tenant, used);
      CREATE INDEX answers_by_expiry ON answers (tenant, expires);
      CREATE TRIGGER answer_came AFTER INSERT ON answers BEGIN
        INSERT INTO tenants (tenant, entries, bytes) VALUES (new.tenant, 1, length(new.answer))
          ON CONFLICT (tenant) DO UPDATE SET entries = entries + 1, bytes = bytes + length(new.answer);
      END;
      CREATE TRIGGER answer_went AFTER DELETE ON answers BEGIN
        UPDATE tenants SET entries = entries - 1, bytes = bytes - length(old.answer) WHERE tenant = old.tenant;
      END;
      """
    ])
}
