/* Memory of the host's, whose descriptor came beside a frame. */
#ifndef WORKER_MEMORIES_H
#define WORKER_MEMORIES_H

#include <stddef.h>

/* Maps its first `length` bytes, PROT_...; null where it has not as many: touching what is not there would be the end.
 * The descriptor stays the caller's. */
void *memory_map(int descriptor, size_t length, int protection);

#endif
