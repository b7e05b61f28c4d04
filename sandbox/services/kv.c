/* jf.kv/1 */
#include "exchange.h"

#include <stddef.h>

static jf_status get(const jf_host *host, jf_call call, jf_bytes key, jf_bytes *value, uint64_t *version) {
  if (version != NULL) *version = 0;
  if (value == NULL) return JF_E_ARGUMENT;
  *value = (jf_bytes){0};
  plugin_service_answer answer = {0};
  jf_status status = plugin_service_ask(host, JF_SERVICE_KV, PLUGIN_KV_GET, call, &key, 1, &answer);
  if (status < 0) return status;
  uint64_t found;
  if (!plugin_take_number(&answer.bytes, &found)) return JF_E_IO;
  *value = answer.bytes;
  if (version != NULL) *version = found;
  return JF_OK;
}

static jf_status put(
  const jf_host *host, jf_call call, jf_bytes key, jf_bytes value, uint64_t expected, int64_t lifetime_ns,
  uint64_t *version) {
  if (version != NULL) *version = 0;
  uint64_t key_length = key.len;
  const jf_bytes parts[] = {
    plugin_number(&expected, sizeof expected), plugin_number(&lifetime_ns, sizeof lifetime_ns),
    plugin_number(&key_length, sizeof key_length), key, value};
  uint64_t stored = 0;
  /* Into our own memory: a plugin that puts often must not run out of what is kept for its call. */
  plugin_service_answer answer = {.buffer = (uint8_t *)&stored, .capacity = sizeof stored};
  jf_status status = plugin_service_ask(host, JF_SERVICE_KV, PLUGIN_KV_PUT, call, parts, 5, &answer);
  if (status < 0) return status;
  if (answer.bytes.len != sizeof stored) return JF_E_IO;
  if (version != NULL) *version = stored;
  return JF_OK;
}

static jf_status remove_key(const jf_host *host, jf_call call, jf_bytes key, uint64_t expected) {
  const jf_bytes parts[] = {plugin_number(&expected, sizeof expected), key};
  return plugin_service_tell(host, JF_SERVICE_KV, PLUGIN_KV_REMOVE, call, parts, 2);
}

static jf_status list(
  const jf_host *host, jf_call call, jf_bytes prefix, jf_bytes after, uint32_t limit, jf_bytes *keys) {
  uint64_t numbers[] = {limit, prefix.len};
  const jf_bytes parts[] = {plugin_number(numbers, sizeof numbers), prefix, after};
  return plugin_service_get(host, JF_SERVICE_KV, PLUGIN_KV_LIST, call, parts, 3, keys);
}

const jf_service_kv plugin_service_kv = {
  .size = sizeof(jf_service_kv), .get = get, .put = put, .remove = remove_key, .list = list};
