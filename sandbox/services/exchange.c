#include "exchange.h"

#include <stdatomic.h>
#include <stddef.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the numbers of a question are little-endian"
#endif

static _Atomic(plugin_service_exchange) exchange;

void plugin_services_through(plugin_service_exchange through) { atomic_store(&exchange, through); }

jf_status plugin_service_ask(
  const jf_host *host, const char *service, uint32_t operation, jf_call call, const jf_bytes *parts, uint32_t count,
  plugin_service_answer *answer) {
  plugin_service_exchange through = atomic_load_explicit(&exchange, memory_order_relaxed);
  if (through == NULL) return JF_E_UNSUPPORTED;
  uint64_t total = 0;
  for (uint32_t index = 0; index < count; index++) {
    /* A plugin's word: a length without bytes, or one that no memory has. */
    if (parts[index].ptr == NULL && parts[index].len > 0) return JF_E_ARGUMENT;
    if (parts[index].len > PLUGIN_SERVICE_QUESTION_MAX - total) return JF_E_LIMIT;
    total += parts[index].len;
  }
  return through(host, service, operation, call, parts, count, answer);
}

jf_status plugin_service_tell(
  const jf_host *host, const char *service, uint32_t operation, jf_call call, const jf_bytes *parts, uint32_t count) {
  plugin_service_answer answer = {0};
  jf_status status = plugin_service_ask(host, service, operation, call, parts, count, &answer);
  return status < 0 ? status : JF_OK;
}

jf_status plugin_service_get(
  const jf_host *host, const char *service, uint32_t operation, jf_call call, const jf_bytes *parts, uint32_t count,
  jf_bytes *bytes) {
  if (bytes == NULL) return JF_E_ARGUMENT;
  *bytes = (jf_bytes){0};
  plugin_service_answer answer = {0};
  jf_status status = plugin_service_ask(host, service, operation, call, parts, count, &answer);
  if (status < 0) return status;
  *bytes = answer.bytes;
  return JF_OK;
}

const void *plugin_service_table(const char *name) {
  if (strcmp(name, JF_SERVICE_KV) == 0) return &plugin_service_kv;
  if (strcmp(name, JF_SERVICE_HTTP) == 0) return &plugin_service_http;
  if (strcmp(name, JF_SERVICE_CALL) == 0) return &plugin_service_call;
  if (strcmp(name, JF_SERVICE_ASK) == 0) return &plugin_service_ask_person;
  return NULL;
}
