/* What the plugin sees of the host: the same table as in the host's own process, with the host at the other end of the
 * channel. */
#ifndef WORKER_HOST_TABLE_H
#define WORKER_HOST_TABLE_H

#include "calls.h"

extern const jf_host host_table;

/* Completes a held call, unless that was done before: JF_E_STATE. */
jf_status host_complete(call *held, jf_status status, jf_bytes payload);

/* At most `most` bytes of a text, without a part of a character at the end; nothing where it has no pointer,
 * or a length that nothing in memory has. */
jf_bytes text_cut(jf_bytes text, uint64_t most);

#endif
