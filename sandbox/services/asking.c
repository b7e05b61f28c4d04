/* jf.call/1 and jf.ask/1: other tools, and the person for whom the call runs. */
#include "exchange.h"

#include <stddef.h>

static jf_status call_tool(const jf_host *host, jf_call call, jf_bytes name, jf_bytes arguments, jf_bytes *result) {
  uint64_t name_length = name.len;
  const jf_bytes parts[] = {plugin_number(&name_length, sizeof name_length), name, arguments};
  if (result == NULL) return JF_E_ARGUMENT;
  plugin_service_answer answer = {0};
  jf_status status = plugin_service_ask(host, JF_SERVICE_CALL, PLUGIN_CALL_CALL, call, parts, 3, &answer);
  /* A failure has a message there. */
  *result = answer.bytes;
  return status < 0 ? status : JF_OK;
}

static jf_status ask(
  const jf_host *host, jf_call call, jf_bytes message, jf_bytes schema, int32_t *action, jf_bytes *content) {
  if (action == NULL || content == NULL) return JF_E_ARGUMENT;
  *action = 0;
  *content = (jf_bytes){0};
  uint64_t message_length = message.len;
  const jf_bytes parts[] = {plugin_number(&message_length, sizeof message_length), message, schema};
  plugin_service_answer answer = {0};
  jf_status status = plugin_service_ask(host, JF_SERVICE_ASK, PLUGIN_ASK_ASK, call, parts, 3, &answer);
  if (status < 0) return status;
  uint64_t decided;
  if (!plugin_take_number(&answer.bytes, &decided)) return JF_E_IO;
  *action = (int32_t)decided;
  *content = answer.bytes;
  return JF_OK;
}

const jf_service_call plugin_service_call = {.size = sizeof(jf_service_call), .call = call_tool};
const jf_service_ask plugin_service_ask_person = {.size = sizeof(jf_service_ask), .ask = ask};
