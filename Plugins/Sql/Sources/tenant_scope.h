/* A file that holds the rows of many tenants, as one of them may see it.
 *
 * The tenant's statement never runs on the file. It runs on a database in memory that has a virtual table for each table
 * of the file with a tenant column, and nothing else. A virtual table asks the file for the rows of its tenant, and for
 * no others: so there is no name by which a statement could reach more, and no expression of it is ever computed on
 * another tenant's row, where an error or the time it takes would tell what the row holds. */
#ifndef SQL_TENANT_SCOPE_H
#define SQL_TENANT_SCOPE_H

#include <jackfield/plugin.h>
#include <sqlite3.h>

typedef struct tenant_scope {
  sqlite3 *file;      /* read by the virtual tables alone */
  const char *column; /* which says whose a row is */
  jf_bytes tenant;    /* never empty */
} tenant_scope;

/* Prepares a question for the name and type of each table of `file` that has `column`. Views and virtual tables are not
 * among them: they compute from rows of everybody. Answers SQLite's code; the caller finalizes. */
int tenant_tables_prepare(sqlite3 *file, const char *column, sqlite3_stmt **tables);

/* Makes the tables of `scope` on `connection`, an empty database in memory. `scope` and its file must outlive it. All
 * that is read through them is read from one snapshot of the file. Answers SQLite's code, and of the file if it failed. */
int tenant_tables_create(sqlite3 *connection, const tenant_scope *scope);

/* Makes the module of the virtual tables known to `connection`. */
int tenant_table_register(sqlite3 *connection, const char *module, const tenant_scope *scope);

#endif
