#include "json_read.h"

sqlite3 *json_reader_open(void) {
  sqlite3 *reader = NULL;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(":memory:", &reader, flags, NULL) == SQLITE_OK) return reader;
  sqlite3_close(reader);
  return NULL;
}

sqlite3_stmt *json_select(sqlite3 *reader, const char *sql, jf_bytes document) {
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2(reader, sql, -1, &statement, NULL) != SQLITE_OK) return NULL;
  const char *text = document.len == 0 ? "{}" : (const char *)document.ptr;
  const sqlite3_uint64 length = document.len == 0 ? 2 : document.len;
  if (sqlite3_bind_text64(statement, 1, text, length, SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK) return statement;
  sqlite3_finalize(statement);
  return NULL;
}
