#include <string.h>

#include "connection.h"
#include "functions.h"
#include "json_read.h"
#include "json_text.h"

/* Hidden 1 is a hidden column of a virtual table; generated ones (2, 3) can be selected like any other. */
static const char columns_sql[] =
    "SELECT name, type, pk, \"notnull\" FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid";

/* Shadow tables hold the inside of a full-text index, and are of no use to anybody who asks. */
static const char tables_sql[] =
    "SELECT name, type FROM pragma_table_list "
    "WHERE schema = 'main' AND type <> 'shadow' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";

const database *requested_database(const call *call, const char *name, jf_status *status) {
  const database *database = configuration_database(call->configuration, name);
  if (database != NULL) return database;
  sqlite3_str *names = sqlite3_str_new(NULL);
  configuration_append_names(call->configuration, names);
  char *list = sqlite3_str_finish(names);
  *status = call_fail(call, JF_E_TOOL, "no database '%.64s'; there are: %s", name, list == NULL ? "" : list);
  sqlite3_free(list);
  return NULL;
}

/* A view whose tables are gone has no columns to tell; it is listed all the same. */
static int append_table(sqlite3_str *out, sqlite3_stmt *table, sqlite3_stmt *columns) {
  sqlite3_str_appendall(out, "{\"name\":");
  json_append_column(out, table, 0);
  sqlite3_str_appendall(out, ",\"type\":");
  json_append_column(out, table, 1);
  sqlite3_str_appendall(out, ",\"columns\":[");
  int code = sqlite3_bind_value(columns, 1, sqlite3_column_value(table, 0));
  for (int i = 0; code == SQLITE_OK && (code = sqlite3_step(columns)) == SQLITE_ROW; i++, code = SQLITE_OK) {
    sqlite3_str_appendall(out, i == 0 ? "{\"name\":" : ",{\"name\":");
    json_append_column(out, columns, 0);
    sqlite3_str_appendall(out, ",\"type\":");
    json_append_column(out, columns, 1);
    sqlite3_str_appendf(out, ",\"primary_key\":%s,\"required\":%s}", sqlite3_column_int(columns, 2) > 0 ? "true" : "false",
                        sqlite3_column_int(columns, 3) > 0 ? "true" : "false");
  }
  sqlite3_reset(columns);
  sqlite3_str_appendall(out, "]}");
  return code == SQLITE_ERROR ? SQLITE_DONE : code;
}

static int append_tables(const call *call, sqlite3_str *out, sqlite3_stmt *tables, sqlite3_stmt *columns) {
  bool truncated = false;
  int code = SQLITE_DONE;
  sqlite3_str_appendall(out, "{\"tables\":[");
  for (int i = 0; (code = sqlite3_step(tables)) == SQLITE_ROW; i++) {
    sqlite3_str *table = sqlite3_str_new(NULL);
    if (i > 0) sqlite3_str_appendchar(table, 1, ',');
    code = append_table(table, tables, columns);
    truncated = sqlite3_str_length(out) + sqlite3_str_length(table) + 24 > call->configuration->max_bytes;
    if (!truncated) sqlite3_str_append(out, sqlite3_str_value(table), sqlite3_str_length(table));
    if (sqlite3_str_errcode(table) != SQLITE_OK) code = SQLITE_NOMEM;
    sqlite3_free(sqlite3_str_finish(table));
    if (code != SQLITE_DONE || truncated) break;
  }
  sqlite3_str_appendf(out, "],\"truncated\":%s}", truncated ? "true" : "false");
  return code;
}

static int prepare_tables(sqlite3 *connection, const database *database, sqlite3_stmt **tables) {
  if (database->tenant_column != NULL) return tenant_tables_prepare(connection, database->tenant_column, tables);
  return sqlite3_prepare_v2(connection, tables_sql, -1, tables, NULL);
}

static jf_status schema_of(const call *call, sqlite3 *connection, const database *database) {
  sqlite3_stmt *tables = NULL;
  sqlite3_stmt *columns = NULL;
  sqlite3_str *result = sqlite3_str_new(NULL);
  int code = prepare_tables(connection, database, &tables);
  if (code == SQLITE_OK) code = sqlite3_prepare_v2(connection, columns_sql, -1, &columns, NULL);
  if (code == SQLITE_OK) code = append_tables(call, result, tables, columns);
  jf_status status;
  if (code == SQLITE_DONE) {
    status = call_succeed(call, result);
  } else {
    sqlite3_free(sqlite3_str_finish(result));
    status = call_fail_on(call, database->name, connection, code);
  }
  sqlite3_finalize(columns);
  sqlite3_finalize(tables);
  return status;
}

jf_status schema(const call *call, jf_bytes arguments) {
  jf_status status = JF_E_INTERNAL;
  sqlite3 *reader = json_reader_open();
  sqlite3_stmt *row = reader == NULL ? NULL : json_select(reader, "SELECT ?1 ->> '$.database'", arguments);
  const char *name = row != NULL && sqlite3_step(row) == SQLITE_ROW ? (const char *)sqlite3_column_text(row, 0) : NULL;
  if (name == NULL) {
    call_fail(call, status, "the arguments cannot be read");
  } else {
    const database *database = requested_database(call, name, &status);
    sqlite3 *connection = database == NULL ? NULL : connection_open(call, database, &status);
    if (connection != NULL) status = schema_of(call, connection, database);
    sqlite3_close(connection);
  }
  sqlite3_finalize(row);
  sqlite3_close(reader);
  return status;
}
