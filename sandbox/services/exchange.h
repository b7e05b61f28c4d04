/* What the tables share. */
#ifndef PLUGIN_SERVICES_EXCHANGE_H
#define PLUGIN_SERVICES_EXCHANGE_H

#include "plugin_services.h"

#include <string.h>

extern const jf_service_kv plugin_service_kv;
extern const jf_service_http plugin_service_http;
extern const jf_service_call plugin_service_call;
extern const jf_service_ask plugin_service_ask_person;

jf_status plugin_service_ask(
  const jf_host *host, const char *service, uint32_t operation, jf_call call, const jf_bytes *parts, uint32_t count,
  plugin_service_answer *answer);

/* A question whose only answer is its status. */
jf_status plugin_service_tell(
  const jf_host *host, const char *service, uint32_t operation, jf_call call, const jf_bytes *parts, uint32_t count);

/* A question that is answered with bytes to keep; none where it fails. */
jf_status plugin_service_get(
  const jf_host *host, const char *service, uint32_t operation, jf_call call, const jf_bytes *parts, uint32_t count,
  jf_bytes *bytes);

static inline jf_bytes plugin_number(const void *number, uint64_t size) { return (jf_bytes){number, size}; }

/* Takes the number that an answer begins with. False for an answer that is too short. */
static inline int plugin_take_number(jf_bytes *answer, uint64_t *number) {
  if (answer->len < sizeof *number) return 0;
  memcpy(number, answer->ptr, sizeof *number);
  answer->ptr += sizeof *number;
  answer->len -= sizeof *number;
  return 1;
}

#endif
