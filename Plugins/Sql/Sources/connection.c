#include "connection.h"

#include <string.h>

/* Virtual machine steps between two looks at the clock: well below a millisecond of work. */
enum { STEPS_BETWEEN_CHECKS = 2000, BUSY_TIMEOUT_MS = 500 };

/* Sizes that an honest question stays below, and that keep the work between two checks of the clock small. */
static void set_limits(sqlite3 *connection, const configuration *configuration) {
  static const int limits[][2] = {
      {SQLITE_LIMIT_SQL_LENGTH, 64 << 10},
      {SQLITE_LIMIT_COLUMN, 256},
      {SQLITE_LIMIT_EXPR_DEPTH, 100},
      {SQLITE_LIMIT_COMPOUND_SELECT, 50},
      {SQLITE_LIMIT_VDBE_OP, 50000},
      {SQLITE_LIMIT_FUNCTION_ARG, 64},
      {SQLITE_LIMIT_ATTACHED, 0},
      {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100},
      {SQLITE_LIMIT_VARIABLE_NUMBER, 100},
      {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
      {SQLITE_LIMIT_WORKER_THREADS, 0},
  };
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    sqlite3_limit(connection, limits[i][0], limits[i][1]);
  }
  sqlite3_limit(connection, SQLITE_LIMIT_LENGTH, configuration->max_value_bytes);
}

/* The file may have been written by anybody: its schema is data, not code. Quoted strings in double quotes are an
 * error, because a misspelt column would silently become one. */
static void distrust(sqlite3 *connection) {
  static const int settings[][2] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},
      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
      {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
      {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
      {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
      {SQLITE_DBCONFIG_DQS_DML, 0},
  };
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
    sqlite3_db_config(connection, settings[i][0], settings[i][1], (int *)NULL);
  }
}

static int interrupt(void *context) { return call_is_over(context) ? 1 : 0; }

/* What went wrong is for the operator, with the path; the model learns that the database cannot be opened. */
static void log_failure(const call *call, const database *database, int code) {
  char *message = sqlite3_mprintf("cannot open database '%s': %s (%s)", database->name, sqlite3_errstr(code),
                                  database->path);
  if (message == NULL) return;
  const jf_bytes text = {(const uint8_t *)message, strlen(message)};
  call->host->log(call->host, JF_LOG_WARNING, text, (jf_bytes){NULL, 0});
  sqlite3_free(message);
}

/* Answers SQLite's code. `*connection` is to be closed either way. */
static int open_limited(const call *call, const char *path, int mode, sqlite3 **connection) {
  /* NOMUTEX: a connection belongs to the thread of its call. */
  const int flags = mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path, connection, flags, NULL);
  if (code != SQLITE_OK) return code;
  distrust(*connection);
  set_limits(*connection, call->configuration);
  sqlite3_busy_timeout(*connection, BUSY_TIMEOUT_MS);
  sqlite3_progress_handler(*connection, STEPS_BETWEEN_CHECKS, interrupt, (void *)call);
  return sqlite3_exec(*connection, "PRAGMA cache_size = -8192", NULL, NULL, NULL);
}

static int forbid_writing(sqlite3 *connection) {
  return sqlite3_exec(connection, "PRAGMA query_only = ON", NULL, NULL, NULL);
}

sqlite3 *connection_open(const call *call, const database *database, jf_status *status) {
  sqlite3 *connection = NULL;
  int code = open_limited(call, database->path, SQLITE_OPEN_READONLY, &connection);
  if (code == SQLITE_OK) code = forbid_writing(connection);
  if (code == SQLITE_OK) return connection;
  log_failure(call, database, code);
  *status = call_fail_on(call, database->name, connection, code);
  sqlite3_close(connection);
  return NULL;
}

sqlite3 *connection_open_scoped(const call *call, const database *database, const tenant_scope *scope,
                                jf_status *status) {
  sqlite3 *connection = NULL;
  const int mode = SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY;
  int code = open_limited(call, ":memory:", mode, &connection);
  if (code == SQLITE_OK) code = tenant_tables_create(connection, scope);
  if (code == SQLITE_OK) code = forbid_writing(connection);
  if (code == SQLITE_OK) return connection;
  log_failure(call, database, code);
  const bool is_of_the_file = sqlite3_errcode(connection) == SQLITE_OK;
  *status = call_fail_on(call, database->name, is_of_the_file ? scope->file : connection, code);
  sqlite3_close(connection);
  return NULL;
}
