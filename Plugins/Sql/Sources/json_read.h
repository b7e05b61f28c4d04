/* JSON read with SQLite's own functions, so that this plugin has no parser of its own. */
#ifndef SQL_JSON_READ_H
#define SQL_JSON_READ_H

#include <jackfield/plugin.h>
#include <sqlite3.h>

/* An empty database in memory to run JSON functions on; null without memory. For one thread; the caller closes it. */
sqlite3 *json_reader_open(void);

/* Prepares `sql` with `document` bound as ?1, borrowed until the statement is finalized; null without memory. */
sqlite3_stmt *json_select(sqlite3 *reader, const char *sql, jf_bytes document);

#endif
