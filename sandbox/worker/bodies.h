/* The bodies of responses, which the host sends as they come: a piece that a plugin reads costs no question. What it has not
 * read yet is kept here, and is never more than PLUGIN_HTTP_WINDOW of a body. */
#ifndef WORKER_BODIES_H
#define WORKER_BODIES_H

#include "plugin_services.h"

typedef struct body body;

/* What jf.http/1 goes through: as questions_ask_service, but for reading bodies. */
jf_status bodies_ask_service(
  const jf_host *host, const char *service, uint32_t operation, jf_call call, const jf_bytes *parts, uint32_t count,
  plugin_service_answer *answer);

/* Frees those of a call that nobody holds any more. Without a lock. */
void bodies_free(body *first);

#endif
