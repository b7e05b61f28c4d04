/* jf.http/1 */
#include "exchange.h"

#include <stddef.h>

static jf_status request(const jf_host *host, jf_call call, jf_bytes head, jf_bytes body, uint64_t *exchange) {
  if (exchange == NULL) return JF_E_ARGUMENT;
  *exchange = 0;
  uint64_t head_length = head.len, begun = 0;
  const jf_bytes parts[] = {plugin_number(&head_length, sizeof head_length), head, body};
  plugin_service_answer answer = {.buffer = (uint8_t *)&begun, .capacity = sizeof begun};
  jf_status status = plugin_service_ask(host, JF_SERVICE_HTTP, PLUGIN_HTTP_REQUEST, call, parts, 3, &answer);
  if (status < 0) return status;
  if (answer.bytes.len != sizeof begun) return JF_E_IO;
  *exchange = begun;
  return JF_OK;
}

static jf_status response(const jf_host *host, jf_call call, uint64_t exchange, jf_bytes *head) {
  const jf_bytes part = plugin_number(&exchange, sizeof exchange);
  return plugin_service_get(host, JF_SERVICE_HTTP, PLUGIN_HTTP_RESPONSE, call, &part, 1, head);
}

static jf_status read_body(
  const jf_host *host, jf_call call, uint64_t exchange, uint8_t *buffer, uint32_t capacity, uint32_t *length) {
  if (length != NULL) *length = 0;
  if (buffer == NULL || capacity == 0 || length == NULL) return JF_E_ARGUMENT;
  uint64_t numbers[] = {exchange, capacity};
  const jf_bytes part = plugin_number(numbers, sizeof numbers);
  plugin_service_answer answer = {.buffer = buffer, .capacity = capacity};
  jf_status status = plugin_service_ask(host, JF_SERVICE_HTTP, PLUGIN_HTTP_READ, call, &part, 1, &answer);
  if (status < 0) return status;
  *length = (uint32_t)answer.bytes.len;
  return JF_OK;
}

static jf_status close_exchange(const jf_host *host, jf_call call, uint64_t exchange) {
  const jf_bytes part = plugin_number(&exchange, sizeof exchange);
  return plugin_service_tell(host, JF_SERVICE_HTTP, PLUGIN_HTTP_CLOSE, call, &part, 1);
}

const jf_service_http plugin_service_http = {
  .size = sizeof(jf_service_http),
  .request = request,
  .response = response,
  .read = read_body,
  .close = close_exchange};
