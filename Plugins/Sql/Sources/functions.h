/* The functions of this plugin. Each completes `call` and answers what invoke() shall answer. */
#ifndef SQL_FUNCTIONS_H
#define SQL_FUNCTIONS_H

#include "call.h"

/* {"database","sql","parameters"?,"max_rows"?} to {"columns","rows","truncated"} */
jf_status query(const call *call, jf_bytes arguments);

/* {"database"} to {"tables":[{"name","type","columns":[{"name","type","primary_key","required"}]}],"truncated"} */
jf_status schema(const call *call, jf_bytes arguments);

/* The database that `name` means. Null after a failure, which has then completed the call with `*status`. */
const database *requested_database(const call *call, const char *name, jf_status *status);

#endif
