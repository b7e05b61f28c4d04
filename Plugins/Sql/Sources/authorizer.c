#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"

/* Sorted, for bsearch. A function that is not here is refused: it may be new, and nobody has looked at it yet.
 * Left out on purpose: load_extension, fts3_tokenizer, fts5, optimize, sqlite_log, randomblob, zeroblob. */
static const char *const allowed_functions[] = {
    "->", "->>", "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "avg", "bm25", "ceil", "ceiling",
    "char", "coalesce", "cos", "cosh", "count", "cume_dist", "current_date", "current_time", "current_timestamp",
    "date", "datetime", "degrees", "dense_rank", "exp", "first_value", "floor", "format", "glob", "group_concat", "hex",
    "highlight", "ifnull", "iif", "instr", "json", "json_array", "json_array_length", "json_extract",
    "json_group_array", "json_group_object", "json_insert", "json_object", "json_patch", "json_quote", "json_remove",
    "json_replace", "json_set", "json_type", "json_valid", "julianday", "lag", "last_value", "lead", "length", "like",
    "likelihood", "likely", "ln", "log", "log10", "log2", "lower", "ltrim", "match", "matchinfo", "max", "min", "mod",
    "nth_value", "ntile", "nullif", "offsets", "percent_rank", "pi", "pow", "power", "printf", "quote", "radians",
    "random", "rank", "replace", "round", "row_number", "rtrim", "sign", "sin", "sinh", "snippet", "soundex",
    "sqlite_version", "sqrt", "strftime", "substr", "substring", "sum", "tan", "tanh", "time", "total", "trim", "trunc",
    "typeof", "unicode", "unixepoch", "unlikely", "upper",
};

static int compare_names(const void *name, const void *entry) { return strcmp(name, *(const char *const *)entry); }

static bool is_allowed_function(const char *name) {
  return name != NULL && bsearch(name, allowed_functions, sizeof allowed_functions / sizeof *allowed_functions,
                                 sizeof *allowed_functions, compare_names) != NULL;
}

/* Full-text tables ask for this one while they are read, to notice that another connection wrote. */
static bool is_allowed_pragma(const char *name, const char *value) {
  return name != NULL && value == NULL && strcmp(name, "data_version") == 0;
}

static int authorize(void *context, int action, const char *first, const char *second, const char *database,
                     const char *source) {
  (void)context, (void)database, (void)source;
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
    case SQLITE_READ:
      return SQLITE_OK;
    case SQLITE_FUNCTION:
      return is_allowed_function(second) ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_PRAGMA:
      return is_allowed_pragma(first, second) ? SQLITE_OK : SQLITE_DENY;
    default:
      return SQLITE_DENY;
  }
}

/* Prepares a statement that reads `table`, so that SQLite connects its module. One that cannot be connected fails again
 * when it is asked for. */
static void connect_table(sqlite3 *connection, const char *table) {
  char *sql = sqlite3_mprintf("SELECT 1 FROM \"%w\"", table);
  sqlite3_stmt *statement = NULL;
  if (sql != NULL) sqlite3_prepare_v2(connection, sql, -1, &statement, NULL);
  sqlite3_finalize(statement);
  sqlite3_free(sql);
}

/* A module that is connected declares its table, and some prepare statements of their own. The authorizer would refuse
 * that, so the file's virtual tables are connected before. Of those that SQLite adds by itself, some tell the file's
 * path or show deleted rows: only the two named here are connected, and the others stay closed. */
static int connect_virtual_tables(sqlite3 *connection) {
  static const char names[] = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage = 0";
  sqlite3_stmt *tables = NULL;
  const int code = sqlite3_prepare_v2(connection, names, -1, &tables, NULL);
  while (code == SQLITE_OK && sqlite3_step(tables) == SQLITE_ROW) {
    const char *name = (const char *)sqlite3_column_text(tables, 0);
    if (name != NULL) connect_table(connection, name);
  }
  const int end = sqlite3_finalize(tables);
  connect_table(connection, "json_each");
  connect_table(connection, "json_tree");
  return code == SQLITE_OK ? end : code;
}

int connection_restrict(sqlite3 *connection) {
  const int code = connect_virtual_tables(connection);
  sqlite3_set_authorizer(connection, authorize, NULL);
  return code;
}
