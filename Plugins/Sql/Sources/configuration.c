#include "configuration.h"

#include <stdbool.h>
#include <string.h>

#include "json_read.h"

static const char no_memory[] = "out of memory";

/* `text` is null where the JSON value is. */
static char *copy_text(sqlite3_stmt *row, int column) {
  const char *text = (const char *)sqlite3_column_text(row, column);
  return text == NULL ? NULL : sqlite3_mprintf("%s", text);
}

/* A database that is an object is one with a tenant column: an object without must not open the whole file. */
static const char entries_sql[] =
    "SELECT key, iif(type = 'object', value ->> '$.file', value), "
    "iif(type = 'object', coalesce(value ->> '$.tenant_column', ''), NULL), type = 'object' "
    "FROM json_each(?1, '$.databases')";

static const char *read_database(const configuration *configuration, sqlite3_stmt *entry, database *read) {
  *read = (database){copy_text(entry, 0), copy_text(entry, 1), copy_text(entry, 2)};
  if (read->name == NULL || read->path == NULL || read->path[0] == 0) return "a database has no path";
  if (sqlite3_column_int(entry, 3) == 0) return NULL;
  if (read->tenant_column == NULL) return no_memory;
  if (read->tenant_column[0] == 0) return "a database has no tenant_column";
  return configuration->tenant_length == 0 ? "a database has a tenant_column, but there is no tenant" : NULL;
}

static const char *read_databases(configuration *configuration, sqlite3 *reader, jf_bytes json) {
  sqlite3_stmt *entries = json_select(reader, entries_sql, json);
  if (entries == NULL) return no_memory;
  const char *problem = NULL;
  int capacity = 0;
  while (problem == NULL && sqlite3_step(entries) == SQLITE_ROW) {
    if (configuration->database_count == capacity) {
      capacity = capacity == 0 ? 8 : 2 * capacity;
      database *more = sqlite3_realloc64(configuration->databases, (sqlite3_uint64)capacity * sizeof *more);
      if (more == NULL) {
        problem = no_memory;
        break;
      }
      configuration->databases = more;
    }
    problem = read_database(configuration, entries, &configuration->databases[configuration->database_count++]);
  }
  if (sqlite3_finalize(entries) != SQLITE_OK && problem == NULL) problem = "the configuration cannot be read";
  if (problem == NULL && configuration->database_count == 0) problem = "no databases are configured";
  return problem;
}

/* An absent or impossible number leaves the default: the host has checked the types against configSchema. */
static int clamped(sqlite3_stmt *row, int column, int fallback, int most) {
  if (sqlite3_column_type(row, column) != SQLITE_INTEGER) return fallback;
  const sqlite3_int64 value = sqlite3_column_int64(row, column);
  return value < 1 ? 1 : value > most ? most : (int)value;
}

static const char *read_limits(configuration *configuration, sqlite3 *reader, jf_bytes json) {
  sqlite3_stmt *limits = json_select(
      reader, "SELECT ?1 ->> '$.max_rows', ?1 ->> '$.max_bytes', ?1 ->> '$.max_value_bytes', ?1 ->> '$.timeout_ms'",
      json);
  if (limits == NULL) return no_memory;
  const bool found = sqlite3_step(limits) == SQLITE_ROW;
  if (found) {
    configuration->max_rows = clamped(limits, 0, 200, 1000);
    configuration->max_bytes = clamped(limits, 1, 64 << 10, 8 << 20);
    configuration->max_value_bytes = clamped(limits, 2, 1 << 20, 64 << 20);
    configuration->timeout_ns = (int64_t)clamped(limits, 3, 10000, 3600000) * 1000000;
  }
  sqlite3_finalize(limits);
  return found ? NULL : "the configuration cannot be read";
}

/* Borrowed until open() returns, so it is copied. */
static const char *copy_tenant(configuration *configuration, jf_bytes tenant) {
  if (tenant.len == 0) return NULL;
  configuration->tenant = sqlite3_malloc64(tenant.len);
  if (configuration->tenant == NULL) return no_memory;
  memcpy(configuration->tenant, tenant.ptr, tenant.len);
  configuration->tenant_length = tenant.len;
  return NULL;
}

const char *configuration_read(configuration *configuration, jf_bytes json, jf_bytes tenant) {
  memset(configuration, 0, sizeof *configuration);
  sqlite3 *reader = json_reader_open();
  if (reader == NULL) return no_memory;
  const char *problem = copy_tenant(configuration, tenant);
  if (problem == NULL) problem = read_limits(configuration, reader, json);
  if (problem == NULL) problem = read_databases(configuration, reader, json);
  sqlite3_close(reader);
  if (problem != NULL) configuration_free(configuration);
  return problem;
}

void configuration_free(configuration *configuration) {
  for (int i = 0; i < configuration->database_count; i++) {
    sqlite3_free(configuration->databases[i].name);
    sqlite3_free(configuration->databases[i].path);
    sqlite3_free(configuration->databases[i].tenant_column);
  }
  sqlite3_free(configuration->databases);
  sqlite3_free(configuration->tenant);
  memset(configuration, 0, sizeof *configuration);
}

const database *configuration_database(const configuration *configuration, const char *name) {
  for (int i = 0; i < configuration->database_count; i++) {
    if (strcmp(configuration->databases[i].name, name) == 0) return &configuration->databases[i];
  }
  return NULL;
}

jf_bytes configuration_tenant(const configuration *configuration) {
  return (jf_bytes){(const uint8_t *)configuration->tenant, configuration->tenant_length};
}

void configuration_append_names(const configuration *configuration, sqlite3_str *out) {
  for (int i = 0; i < configuration->database_count; i++) {
    sqlite3_str_appendf(out, "%s%s", i == 0 ? "" : ", ", configuration->databases[i].name);
  }
}
