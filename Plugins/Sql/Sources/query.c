#include <string.h>

#include "connection.h"
#include "functions.h"
#include "json_read.h"
#include "json_text.h"

/* Room kept for what follows the last row. */
enum { TAIL_BYTES = 24 };

/* The arguments of one call, as long as `row` lives. */
typedef struct request {
  sqlite3 *reader;
  sqlite3_stmt *row;
  const char *database;
  const char *sql;
  int max_rows;
  jf_bytes json;
} request;

static void request_end(request *request) {
  sqlite3_finalize(request->row);
  sqlite3_close(request->reader);
}

/* The host has checked the arguments against the schema, so what is missing here is memory. */
static bool request_begin(request *request, const call *call, jf_bytes json) {
  *request = (struct request){.reader = json_reader_open(), .json = json};
  if (request->reader == NULL) return false;
  request->row =
      json_select(request->reader, "SELECT ?1 ->> '$.database', ?1 ->> '$.sql', ?1 ->> '$.max_rows'", json);
  if (request->row == NULL || sqlite3_step(request->row) != SQLITE_ROW) return false;
  request->database = (const char *)sqlite3_column_text(request->row, 0);
  request->sql = (const char *)sqlite3_column_text(request->row, 1);
  const int most = call->configuration->max_rows;
  const int asked = sqlite3_column_type(request->row, 2) == SQLITE_NULL ? most : sqlite3_column_int(request->row, 2);
  request->max_rows = asked < most ? asked : most;
  return request->database != NULL && request->sql != NULL;
}

/* Whether `rest` holds anything but blanks, comments and semicolons. */
static bool holds_statement(sqlite3 *connection, const char *rest) {
  while (rest != NULL && *rest != 0) {
    sqlite3_stmt *second = NULL;
    const char *tail = NULL;
    const int code = sqlite3_prepare_v2(connection, rest, -1, &second, &tail);
    sqlite3_finalize(second);
    if (code != SQLITE_OK || second != NULL) return true;
    rest = tail;
  }
  return false;
}

/* EXPLAIN lists the machine's steps, and with a virtual table the address of it. EXPLAIN QUERY PLAN does not. */
static bool shows_addresses(sqlite3_stmt *statement) { return sqlite3_stmt_isexplain(statement) == 1; }

/* Null after a failure, which has then completed the call with `*status`. */
static sqlite3_stmt *prepare(const call *call, sqlite3 *connection, const request *request, jf_status *status) {
  sqlite3_stmt *statement = NULL;
  const char *rest = NULL;
  const int code = sqlite3_prepare_v2(connection, request->sql, -1, &statement, &rest);
  if (code != SQLITE_OK) {
    *status = call_fail_on(call, request->database, connection, code);
  } else if (statement == NULL) {
    *status = call_fail(call, JF_E_TOOL, "there is no statement");
  } else if (holds_statement(connection, rest)) {
    *status = call_fail(call, JF_E_TOOL, "only one statement is allowed");
  } else if (!sqlite3_stmt_readonly(statement) || sqlite3_column_count(statement) == 0 || shows_addresses(statement)) {
    *status = call_fail(call, JF_E_TOOL, "only SELECT is allowed");
  } else {
    return statement;
  }
  sqlite3_finalize(statement);
  return NULL;
}

/* Binds the parameters in order: ?1 is the first. Their JSON types become those of SQLite; true is 1. */
static bool bind(const call *call, sqlite3_stmt *statement, const request *request, jf_status *status) {
  sqlite3_stmt *values = json_select(request->reader, "SELECT value FROM json_each(?1, '$.parameters')", request->json);
  int code = values == NULL ? SQLITE_NOMEM : SQLITE_OK;
  const int wanted = sqlite3_bind_parameter_count(statement);
  int given = 0;
  while (code == SQLITE_OK && sqlite3_step(values) == SQLITE_ROW) {
    if (++given <= wanted) code = sqlite3_bind_value(statement, given, sqlite3_column_value(values, 0));
  }
  sqlite3_finalize(values);
  if (code != SQLITE_OK) {
    *status = call_fail_on(call, request->database, sqlite3_db_handle(statement), code);
  } else if (given != wanted) {
    *status = call_fail(call, JF_E_TOOL, "the statement has %d parameters, %d were given", wanted, given);
  } else {
    return true;
  }
  return false;
}

static void append_columns(sqlite3_str *out, sqlite3_stmt *statement) {
  sqlite3_str_appendall(out, "{\"columns\":[");
  for (int i = 0; i < sqlite3_column_count(statement); i++) {
    const char *name = sqlite3_column_name(statement, i);
    if (i > 0) sqlite3_str_appendchar(out, 1, ',');
    json_append_string(out, (const uint8_t *)name, name == NULL ? 0 : strlen(name));
  }
  sqlite3_str_appendall(out, "],\"rows\":[");
}

/* One row as JSON, or as much of it as shows that it does not fit. */
static sqlite3_str *row_text(sqlite3_stmt *statement, bool first, int room) {
  sqlite3_str *row = sqlite3_str_new(NULL);
  sqlite3_str_appendall(row, first ? "[" : ",[");
  for (int i = 0; i < sqlite3_column_count(statement) && sqlite3_str_length(row) <= room; i++) {
    if (i > 0) sqlite3_str_appendchar(row, 1, ',');
    json_append_column(row, statement, i);
  }
  sqlite3_str_appendchar(row, 1, ']');
  return row;
}

/* Appends one row unless it goes beyond `max_bytes`: then answers SQLITE_FULL. */
static int append_row(const call *call, sqlite3_str *out, sqlite3_stmt *statement, bool first) {
  const int room = call->configuration->max_bytes - TAIL_BYTES - sqlite3_str_length(out);
  sqlite3_str *row = row_text(statement, first, room);
  int code = sqlite3_str_errcode(row);
  if (code == SQLITE_OK && sqlite3_str_length(row) > room) code = SQLITE_FULL;
  if (code == SQLITE_OK) sqlite3_str_append(out, sqlite3_str_value(row), sqlite3_str_length(row));
  sqlite3_free(sqlite3_str_finish(row));
  return code;
}

/* Appends rows until they end, with SQLITE_DONE, or until a limit is met, with `*truncated` and SQLITE_DONE too. */
static int append_rows(const call *call, sqlite3_str *out, sqlite3_stmt *statement, int max_rows, bool *truncated) {
  int code;
  for (int count = 0; (code = sqlite3_step(statement)) == SQLITE_ROW; count++) {
    code = count == max_rows ? SQLITE_FULL : append_row(call, out, statement, count == 0);
    *truncated = code == SQLITE_FULL;
    if (*truncated) return SQLITE_DONE;
    if (code != SQLITE_OK) return code;
  }
  return code;
}

static jf_status run(const call *call, sqlite3_stmt *statement, const request *request) {
  sqlite3_str *result = sqlite3_str_new(NULL);
  append_columns(result, statement);
  bool truncated = false;
  const int code = append_rows(call, result, statement, request->max_rows, &truncated);
  const bool fits = sqlite3_str_length(result) + TAIL_BYTES <= call->configuration->max_bytes;
  if (code == SQLITE_DONE && fits) {
    sqlite3_str_appendf(result, "],\"truncated\":%s}", truncated ? "true" : "false");
    return call_succeed(call, result);
  }
  sqlite3_free(sqlite3_str_finish(result));
  if (!fits) return call_fail(call, JF_E_TOOL, "the names of the columns alone are too long");
  return call_fail_on(call, request->database, sqlite3_db_handle(statement), code);
}

static jf_status query_on(const call *call, sqlite3 *connection, const request *request) {
  jf_status status = JF_OK;
  sqlite3_stmt *statement = prepare(call, connection, request, &status);
  if (statement == NULL) return status;
  if (bind(call, statement, request, &status)) status = run(call, statement, request);
  sqlite3_finalize(statement);
  return status;
}

static jf_status query_restricted(const call *call, sqlite3 *connection, const request *request) {
  const int code = connection_restrict(connection);
  return code == SQLITE_OK ? query_on(call, connection, request)
                           : call_fail_on(call, request->database, connection, code);
}

/* Where rows belong to tenants, the statement does not meet the file itself. */
static jf_status query_file(const call *call, sqlite3 *file, const database *database, const request *request) {
  if (database->tenant_column == NULL) return query_restricted(call, file, request);
  jf_status status = JF_E_INTERNAL;
  const tenant_scope scope = {file, database->tenant_column, configuration_tenant(call->configuration)};
  sqlite3 *connection = connection_open_scoped(call, database, &scope, &status);
  if (connection != NULL) status = query_restricted(call, connection, request);
  sqlite3_close(connection);
  return status;
}

jf_status query(const call *call, jf_bytes arguments) {
  jf_status status = JF_E_INTERNAL;
  request request;
  if (!request_begin(&request, call, arguments)) {
    call_fail(call, status, "the arguments cannot be read");
    request_end(&request);
    return status;
  }
  const database *database = requested_database(call, request.database, &status);
  sqlite3 *file = database == NULL ? NULL : connection_open(call, database, &status);
  if (file != NULL) status = query_file(call, file, database, &request);
  sqlite3_close(file);
  request_end(&request);
  return status;
}
