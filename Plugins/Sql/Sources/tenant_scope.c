#include "tenant_scope.h"

static const char module_name[] = "rows_of_one_tenant";

static const char tables_sql[] =
    "SELECT name, type FROM pragma_table_list AS listed "
    "WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND EXISTS "
    "(SELECT 1 FROM pragma_table_xinfo(listed.name) WHERE name = ?1 COLLATE NOCASE) ORDER BY name";

int tenant_tables_prepare(sqlite3 *file, const char *column, sqlite3_stmt **tables) {
  const int code = sqlite3_prepare_v2(file, tables_sql, -1, tables, NULL);
  return code == SQLITE_OK ? sqlite3_bind_text(*tables, 1, column, -1, SQLITE_STATIC) : code;
}

static int create_table(sqlite3 *connection, const char *name) {
  char *sql = sqlite3_mprintf("CREATE VIRTUAL TABLE main.\"%w\" USING %s", name, module_name);
  if (sql == NULL) return SQLITE_NOMEM;
  const int code = sqlite3_exec(connection, sql, NULL, NULL, NULL);
  sqlite3_free(sql);
  return code;
}

static int create_tables(sqlite3 *connection, const tenant_scope *scope) {
  sqlite3_stmt *tables = NULL;
  int code = tenant_tables_prepare(scope->file, scope->column, &tables);
  while (code == SQLITE_OK && (code = sqlite3_step(tables)) == SQLITE_ROW) {
    const char *name = (const char *)sqlite3_column_text(tables, 0);
    code = name == NULL ? SQLITE_NOMEM : create_table(connection, name);
  }
  sqlite3_finalize(tables);
  return code == SQLITE_DONE ? SQLITE_OK : code;
}

int tenant_tables_create(sqlite3 *connection, const tenant_scope *scope) {
  /* Two tables of one statement are read by two statements on the file. */
  int code = sqlite3_exec(scope->file, "BEGIN", NULL, NULL, NULL);
  if (code == SQLITE_OK) code = tenant_table_register(connection, module_name, scope);
  return code == SQLITE_OK ? create_tables(connection, scope) : code;
}
