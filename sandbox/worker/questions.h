/* What the worker asks of the host, and waits for: services, and memories for what does not fit into a packet. */
#ifndef WORKER_QUESTIONS_H
#define WORKER_QUESTIONS_H

#include "calls.h"
#include "plugin_services.h"

/* Takes up an ANSWER or MEMORY. */
void questions_answer(const wire_frame *frame);

/* What every service goes through: plugin_service_exchange. */
jf_status questions_ask_service(
  const jf_host *host, const char *service, uint32_t operation, jf_call call, const jf_bytes *parts, uint32_t count,
  plugin_service_answer *answer);

/* Sends header with `count` pieces as its payload, in the packet or, where they do not fit, in memory. With the order of
 * the call held. Answers JF_OK, or why it was not sent. */
jf_status questions_send(call *held, wire_header *header, const jf_bytes *pieces, uint32_t count);

#endif
