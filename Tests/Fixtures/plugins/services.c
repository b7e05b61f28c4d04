/* A plugin that asks the host: each function puts one kind of question and answers with what came of it. */
#include <jackfield/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

enum { COUNT, KEYS, FETCH, ASK, RELAY, RECURSE, HOARD };

static jf_status open_instance(const jf_host *host, const jf_open_info *info, void **result, jf_bytes *error) {
  (void)info, (void)error;
  *result = (void *)(uintptr_t)host;
  return JF_OK;
}

static void close_instance(void *self) { (void)self; }

/* Answers {"value": …}. */
static jf_status say(const jf_host *host, jf_call call, const char *json) {
  char text[1024];
  int length = snprintf(text, sizeof text, "{\"value\":%s}", json);
  jf_bytes payload = {(const uint8_t *)text, (uint64_t)length};
  return host->complete(host, call, JF_OK, payload);
}

static jf_status tell(const jf_host *host, jf_call call, const char *json) {
  jf_bytes payload = {(const uint8_t *)json, strlen(json)};
  return host->complete(host, call, JF_OK, payload);
}

/* Adds one to a number that the store keeps, and says how often it has. */
static jf_status count(const jf_host *host, jf_call call) {
  const jf_service_kv *kv = host->service(host, JF_SERVICE_KV);
  if (kv == NULL) return say(host, call, "\"no store\"");
  static const jf_bytes key = TEXT("count");
  jf_bytes value;
  uint64_t version = 0;
  jf_status status = kv->get(host, call, key, &value, &version);
  if (status != JF_OK && status != JF_E_NOT_FOUND) return status;
  char text[32];
  int length = snprintf(text, sizeof text, "%d", status == JF_OK ? atoi((const char *)value.ptr) + 1 : 1);
  jf_bytes next = {(const uint8_t *)text, (uint64_t)length + 1};
  status = kv->put(host, call, key, next, version, 0, NULL);
  return status == JF_OK ? say(host, call, text) : status;
}

static jf_status keys(const jf_host *host, jf_call call) {
  const jf_service_kv *kv = host->service(host, JF_SERVICE_KV);
  if (kv == NULL) return say(host, call, "\"no store\"");
  static const jf_bytes all = {NULL, 0};
  jf_bytes list;
  jf_status status = kv->list(host, call, all, all, 10, &list);
  if (status != JF_OK) return status;
  char text[512];
  snprintf(text, sizeof text, "%.*s", (int)list.len, (const char *)list.ptr);
  return say(host, call, text);
}

/* The arguments are the head of a request; the answer is the body of the response. */
static jf_status fetch(const jf_host *host, jf_call call, jf_bytes head) {
  const jf_service_http *http = host->service(host, JF_SERVICE_HTTP);
  if (http == NULL) return say(host, call, "\"no network\"");
  static const jf_bytes none = {NULL, 0};
  uint64_t exchange;
  jf_bytes response;
  jf_status status = http->request(host, call, head, none, &exchange);
  if (status == JF_OK) status = http->response(host, call, exchange, &response);
  if (status != JF_OK) return status;
  uint8_t body[4096];
  uint32_t length = 0, piece;
  while ((status = http->read(host, call, exchange, body + length, sizeof body - length, &piece)) == JF_OK && piece > 0)
    length += piece;
  if (status != JF_OK) return status;
  jf_bytes payload = {body, length};
  return host->complete(host, call, JF_OK, payload);
}

static jf_status ask(const jf_host *host, jf_call call) {
  const jf_service_ask *people = host->service(host, JF_SERVICE_ASK);
  if (people == NULL) return say(host, call, "\"nobody\"");
  static const jf_bytes message = TEXT("Really?"), schema = TEXT("{\"type\":\"object\"}");
  int32_t action;
  jf_bytes content;
  jf_status status = people->ask(host, call, message, schema, &action, &content);
  return status == JF_OK ? host->complete(host, call, JF_OK, content) : status;
}

/* Reads one value until the host keeps no more for this call. */
static jf_status hoard(const jf_host *host, jf_call call) {
  const jf_service_kv *kv = host->service(host, JF_SERVICE_KV);
  if (kv == NULL) return say(host, call, "\"no store\"");
  static const jf_bytes key = TEXT("large");
  jf_bytes value;
  for (int times = 0; times < 1000; times++) {
    jf_status status = kv->get(host, call, key, &value, NULL);
    if (status == JF_OK) continue;
    char text[64];
    snprintf(text, sizeof text, "\"%d times, then %d\"", times, status);
    return say(host, call, text);
  }
  return say(host, call, "\"for ever\"");
}

/* Has another tool answer. */
static jf_status relay(const jf_host *host, jf_call call, const char *name, jf_bytes arguments) {
  const jf_service_call *tools = host->service(host, JF_SERVICE_CALL);
  if (tools == NULL) return say(host, call, "\"no tools\"");
  jf_bytes tool = {(const uint8_t *)name, strlen(name)}, result;
  jf_status status = tools->call(host, call, tool, arguments, &result);
  /* Bytes of the host, handed back to it: the result, or the message that came in its place. */
  return host->complete(host, call, status == JF_OK ? JF_OK : JF_E_TOOL, result);
}

static jf_status invoke(void *self, jf_call call, uint32_t function, jf_bytes arguments) {
  const jf_host *host = self;
  switch (function) {
    case COUNT: return count(host, call);
    case KEYS: return keys(host, call);
    case FETCH: return fetch(host, call, arguments);
    case ASK: return ask(host, call);
    case RELAY: return relay(host, call, "calc_evaluate", arguments);
    case RECURSE: return relay(host, call, "services_recurse", arguments);
    default: return hoard(host, call);
  }
}

/* What the store has is what a call that is asked about has left there. */
static jf_status reconcile(void *self, jf_call call, uint32_t function, jf_bytes arguments) {
  (void)arguments;
  const jf_host *host = self;
  const jf_service_kv *kv = host->service(host, JF_SERVICE_KV);
  if (function != COUNT || kv == NULL) return JF_E_UNSUPPORTED;
  static const jf_bytes key = TEXT("count");
  jf_bytes value;
  jf_status status = kv->get(host, call, key, &value, NULL);
  if (status == JF_E_NOT_FOUND) return tell(host, call, "{\"outcome\":\"did_not_happen\"}");
  if (status != JF_OK) return status;
  char text[80];
  snprintf(text, sizeof text, "{\"outcome\":\"happened\",\"result\":{\"value\":%d}}", atoi((const char *)value.ptr));
  return tell(host, call, text);
}

/* Tries to do what it is only asked about. */
static jf_status preview(void *self, jf_call call, uint32_t function, jf_bytes arguments) {
  (void)arguments;
  const jf_host *host = self;
  const jf_service_kv *kv = host->service(host, JF_SERVICE_KV);
  if (function != COUNT || kv == NULL) return JF_E_UNSUPPORTED;
  static const jf_bytes key = TEXT("count");
  jf_status put = kv->put(host, call, key, key, JF_KV_ANY_VERSION, 0, NULL);
  jf_status removed = kv->remove(host, call, key, JF_KV_ANY_VERSION);
  char text[80];
  snprintf(text, sizeof text, "{\"summary\":\"put %d, remove %d\"}", put, removed);
  return tell(host, call, text);
}

#define FUNCTION(name) {sizeof(jf_function), JF_KIND_TOOL, JF_EFFECT_NONE, 0, TEXT(name)}
static const jf_function functions[] = {
  FUNCTION("count"), FUNCTION("keys"), FUNCTION("fetch"), FUNCTION("ask"), FUNCTION("relay"),
  FUNCTION("recurse"), FUNCTION("hoard")};

static const jf_plugin plugin = {
  .size = sizeof(jf_plugin),
  .abi_built = JF_ABI_VERSION,
  .abi_oldest = JF_ABI(1, 0),
  .id = TEXT("services"),
  .version = TEXT("1.0.0"),
  .functions = functions,
  .function_stride = sizeof(jf_function),
  .function_count = sizeof functions / sizeof *functions,
  .open = open_instance,
  .close = close_instance,
  .invoke = invoke,
  .reconcile = reconcile,
  .preview = preview,
};

const jf_plugin *jackfield_plugin_v1(uint32_t host_abi) { return host_abi >> 16 == 1 ? &plugin : NULL; }
