#pragma once
#include <sqlite3.h>

// Macros with casts do not import into Swift.
static inline sqlite3_destructor_type jf_sqlite_transient(void) { return SQLITE_TRANSIENT; }
