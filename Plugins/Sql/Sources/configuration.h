/* What the operator configured for one tenant. Constant once read; read by every call, on any thread. */
#ifndef SQL_CONFIGURATION_H
#define SQL_CONFIGURATION_H

#include <jackfield/plugin.h>
#include <sqlite3.h>

typedef struct database {
  char *name; /* as agents know it */
  char *path; /* never shown to an agent */
  char *tenant_column; /* null where every row is for whoever has this configuration */
} database;

typedef struct configuration {
  database *databases;
  int database_count;
  char *tenant; /* whose rows are seen where there is a tenant_column */
  size_t tenant_length;
  int max_rows;        /* default and ceiling of a call's max_rows */
  int max_bytes;       /* of one result */
  int max_value_bytes; /* of one string, blob or row while a statement runs */
  int64_t timeout_ns;  /* of one call, where its deadline is later */
} configuration;

/* Reads `json` for `tenant`. Answers null, or why it cannot be used: a constant text for the operator. On failure there is nothing
 * to free. */
const char *configuration_read(configuration *configuration, jf_bytes json, jf_bytes tenant);
void configuration_free(configuration *configuration);

/* Null if no database has this name. */
const database *configuration_database(const configuration *configuration, const char *name);

/* Borrowed from `configuration`. */
jf_bytes configuration_tenant(const configuration *configuration);

/* Appends the names, as in: journal, sales */
void configuration_append_names(const configuration *configuration, sqlite3_str *out);

#endif
