/// How the journal lies in its file.
enum JournalFormat {
  static let format = DatabaseFormat(
    // "JFJ1"
    applicationID: 0x4a46_4a31, contents: "journal",
    // Each brings a file from the version of its position to the next. Released ones never change.
    migrations: [
      // `run` is text, not 16 bytes, so that people and the sql tool can read it: 10 bytes more a row. Its order as text is
      // its order in time.
      """
      CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        time INTEGER NOT NULL,
        tenant TEXT NOT NULL,
        run TEXT NOT NULL,
        turn INTEGER NOT NULL,
        agent TEXT NOT NULL,
        kind TEXT NOT NULL,
        step INTEGER,
        data TEXT NOT NULL
      ) STRICT;
      CREATE INDEX events_by_run ON events (run);
      CREATE TABLE runs (
        tenant TEXT NOT NULL,
        run TEXT NOT NULL,
        subject TEXT NOT NULL,
        name TEXT NOT NULL,
        status TEXT NOT NULL,
        reached_limit INTEGER NOT NULL,
        started INTEGER NOT NULL,
        finished INTEGER,
        event_count INTEGER NOT NULL,
        last_seq INTEGER NOT NULL,
        PRIMARY KEY (tenant, run)
      ) STRICT, WITHOUT ROWID;
      """,
      // Events of before have no digest: one that is computed later proves nothing of what was written then.
      """
      ALTER TABLE events ADD COLUMN fence INTEGER NOT NULL DEFAULT 1;
      ALTER TABLE events ADD COLUMN digest BLOB;
      ALTER TABLE runs ADD COLUMN fence INTEGER NOT NULL DEFAULT 1;
      ALTER TABLE runs ADD COLUMN digest BLOB;
      CREATE INDEX runs_unfinished ON runs (tenant, run) WHERE finished IS NULL;
      """,
      // No run of before is a turn of a conversation; whose it was stands in its first event.
      """
      ALTER TABLE runs ADD COLUMN conversation TEXT;
      ALTER TABLE runs ADD COLUMN user TEXT NOT NULL DEFAULT '';
      UPDATE runs SET user = coalesce((
        SELECT data ->> '$.user' FROM events
        WHERE events.run = runs.run AND events.tenant = runs.tenant AND events.kind = 'run.started'
          AND json_valid(events.data)
        ORDER BY seq LIMIT 1), '') WHERE subject = 'flow';
      CREATE INDEX runs_of_conversations ON runs (tenant, conversation, run) WHERE conversation IS NOT NULL;
      """,
      // A run comes into the index with its end, and not before: what goes on costs nothing more.
      """
      ALTER TABLE runs ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
      UPDATE runs SET bytes = (
        SELECT coalesce(sum(length(CAST(data AS BLOB))), 0) FROM events
        WHERE events.run = runs.run AND events.tenant = runs.tenant);
      CREATE INDEX runs_ended ON runs (tenant, finished, bytes) WHERE finished IS NOT NULL;
      """,
    ])

  static var version: Int64 { format.version }
}
