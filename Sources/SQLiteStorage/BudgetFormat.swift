import Storage

/// How budgets lie in their file. `DatabaseFormat` brings older files up to date.
enum BudgetFormat {
  /// As messages to the operator name the file.
  static let contents = "budgets"

  static let format = DatabaseFormat(
    // "JFB1"
    applicationID: 0x4a46_4231, contents: contents,
    // Each brings a file from the version of its position to the next. Released ones never change.
    migrations: [
      // Costs are trillionths. A number is never given to a second reservation: who settles late would settle another's.
      """
      CREATE TABLE accounts (
        tenant TEXT NOT NULL,
        scope TEXT NOT NULL,
        name TEXT NOT NULL,
        used_tokens INTEGER NOT NULL,
        used_cost INTEGER NOT NULL,
        reserved_tokens INTEGER NOT NULL,
        reserved_cost INTEGER NOT NULL,
        PRIMARY KEY (tenant, scope, name)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE reservations (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        tenant TEXT NOT NULL,
        run TEXT NOT NULL,
        conversation TEXT,
        day INTEGER NOT NULL,
        tokens INTEGER NOT NULL,
        cost INTEGER NOT NULL,
        expires INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX reservations_by_expiry ON reservations (expires);
      """
    ])
}
