/* One invocation: when it must end, and how its outcome reaches the host. */
#ifndef SQL_CALL_H
#define SQL_CALL_H

#include <jackfield/plugin.h>
#include <sqlite3.h>
#include <stdbool.h>

#include "configuration.h"

typedef struct call {
  const jf_host *host;
  jf_call id;
  const configuration *configuration;
  int64_t stop_at_ns; /* on CLOCK_MONOTONIC: the call's deadline or this plugin's own, whichever is first */
} call;

call call_begin(const jf_host *host, jf_call id, const configuration *configuration);

/* Whether to stop: the time is over, or nobody waits any more. */
bool call_is_over(const call *call);

/* Each completes the call, and answers what invoke() shall answer. */

/* With the JSON in `result`, which is freed. */
jf_status call_succeed(const call *call, sqlite3_str *result);

/* With a message that the model reads: never a path. `format` is that of sqlite3_mprintf. */
jf_status call_fail(const call *call, jf_status status, const char *format, ...);

/* After a statement on database `name` ended with SQLite's `code`, which is neither OK, ROW nor DONE. */
jf_status call_fail_on(const call *call, const char *name, sqlite3 *connection, int code);

#endif
