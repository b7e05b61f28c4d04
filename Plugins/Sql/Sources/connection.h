/* A read-only connection that lives as long as one call. */
#ifndef SQL_CONNECTION_H
#define SQL_CONNECTION_H

#include <sqlite3.h>

#include "call.h"
#include "tenant_scope.h"

/* Opens `database` so that nothing can be written through it, and statements stop when `call` is over. `call` must
 * outlive the connection. Null after a failure, which has then completed the call with `*status`. */
sqlite3 *connection_open(const call *call, const database *database, jf_status *status);

/* Opens what a tenant may see of `database` through `scope`, which holds a connection to its file: a database in memory,
 * as restricted as the above. `call` and `scope` must outlive it. Fails in the same way. */
sqlite3 *connection_open_scoped(const call *call, const database *database, const tenant_scope *scope,
                                jf_status *status);

/* From here on only SELECT, reading, recursion and the functions of the list pass, whoever wrote the statement. Reads
 * the file's schema, and answers SQLite's code for that. */
int connection_restrict(sqlite3 *connection);

#endif
