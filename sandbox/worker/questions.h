/* What the worker asks of the host, and waits for: services, and memories for what does not fit into a packet. */
#ifndef WORKER_QUESTIONS_H
#define WORKER_QUESTIONS_H

#include "plugin_services.h"
#include "reading.h"

/* One that is put, first in what it is about. Guarded by the lock of reading.h. */
typedef struct question {
  uint64_t number; /* never used again, makes its place among the open ones; 0: it is not open */
  bool is_about_memory;
  void (*take)(struct question *asked, const wire_frame *frame); /* an answer to it, with the lock held */
  waiter waiter; /* is called after each */
  jf_status status;
} question;

/* Takes up an ANSWER or MEMORY. */
void questions_answer(const wire_frame *frame);

/* What every service goes through: plugin_service_exchange. */
jf_status questions_ask_service(
  const jf_host *host, const char *service, uint32_t operation, jf_call call, const jf_bytes *parts, uint32_t count,
  plugin_service_answer *answer);

/* Puts a question to a service and does not wait: it is open until the last answer to it was taken, or until it is
 * withdrawn. JF_OK, JF_E_BUSY where too many are open, or why it was not sent; it is not open then. */
jf_status questions_put(
  call *held, question *asked, const char *service, uint32_t operation, const jf_bytes *parts, uint32_t count);
/* Nobody will look at it any more; what answers it is passed over. */
void questions_withdraw(question *asked);

/* Sends header with `count` pieces as its payload, in the packet or, where they do not fit, in memory. With the order of
 * the call held. Answers JF_OK, or why it was not sent. */
jf_status questions_send(call *held, wire_header *header, const jf_bytes *pieces, uint32_t count);

#endif
