/* A tool, a provider that streams from a thread of its own, and a tool that fails. The other languages have the same. */
#include <jackfield/plugin.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

static jf_bytes text(const char *string) { return (jf_bytes){(const uint8_t *)string, strlen(string)}; }

static jf_status open_instance(const jf_host *host, const jf_open_info *info, void **instance, jf_bytes *error) {
  (void)error;
  if (info->tenant.len == 0) return JF_E_ARGUMENT;
  *instance = (void *)(uintptr_t)host;
  return JF_OK;
}

static void close_instance(void *instance) { (void)instance; }

static jf_status answer(const jf_host *host, jf_call call, jf_status status, const char *words) {
  host->complete(host, call, status, text(words));
  return status;
}

static jf_status add(const jf_host *host, jf_call call, jf_bytes arguments) {
  char json[256], sum[64];
  long a, b;
  snprintf(json, sizeof json, "%.*s", (int)arguments.len, (const char *)arguments.ptr);
  if (sscanf(json, "{\"a\":%ld,\"b\":%ld}", &a, &b) != 2) return answer(host, call, JF_E_ARGUMENT, "a and b, please");
  snprintf(sum, sizeof sum, "{\"sum\":%ld}", a + b);
  return answer(host, call, JF_OK, sum);
}

struct turn {
  const jf_host *host;
  jf_call call;
};

static void *speak(void *started) {
  struct turn turn = *(struct turn *)started;
  free(started);
  turn.host->emit(turn.host, turn.call, JF_EVENT_TEXT, text("Hello, "));
  turn.host->emit(turn.host, turn.call, JF_EVENT_TEXT, text("world"));
  answer(turn.host, turn.call, JF_OK,
         "{\"text\":\"Hello, world\",\"toolCalls\":[],\"finishReason\":\"stop\","
         "\"usage\":{\"inputTokens\":1,\"outputTokens\":2}}");
  return NULL;
}

static jf_status chat(const jf_host *host, jf_call call) {
  struct turn *turn = malloc(sizeof *turn);
  pthread_t thread;
  if (turn == NULL) return JF_E_LIMIT;
  *turn = (struct turn){host, call};
  if (pthread_create(&thread, NULL, speak, turn) != 0) return free(turn), JF_E_LIMIT;
  pthread_detach(thread);
  return JF_PENDING;
}

static jf_status invoke(void *instance, jf_call call, uint32_t function, jf_bytes arguments) {
  const jf_host *host = instance;
  switch (function) {
  case 0: return add(host, call, arguments);
  case 1: return chat(host, call);
  case 2: return answer(host, call, JF_E_INTERNAL, "failed as asked");
  default: return JF_E_ARGUMENT;
  }
}

static jf_status reconcile(void *instance, jf_call call, uint32_t function, jf_bytes arguments) {
  (void)arguments;
  if (function != 0) return JF_E_UNSUPPORTED;
  return answer(instance, call, JF_OK, "{\"outcome\":\"did_not_happen\"}");
}

static jf_status preview(void *instance, jf_call call, uint32_t function, jf_bytes arguments) {
  (void)arguments;
  if (function != 0) return JF_E_UNSUPPORTED;
  return answer(instance, call, JF_OK, "{\"summary\":\"Adds two numbers.\"}");
}

static const jf_function functions[] = {
    {.size = sizeof(jf_function), .kind = JF_KIND_TOOL, .effect = JF_EFFECT_NONE, .name = TEXT("add")},
    {.size = sizeof(jf_function), .kind = JF_KIND_CHAT, .effect = JF_EFFECT_NONE, .flags = JF_FUNCTION_MAY_PEND,
     .name = TEXT("chat")},
    {.size = sizeof(jf_function), .kind = JF_KIND_TOOL, .effect = JF_EFFECT_NONE, .name = TEXT("fail")},
};

static const jf_plugin plugin = {
    .size = sizeof(jf_plugin),
    .abi_built = JF_ABI_VERSION,
    .abi_oldest = JF_ABI(1, 0),
    .id = TEXT("sample-c"),
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

const jf_plugin *jackfield_plugin_v1(uint32_t host_abi) {
  if (host_abi >> 16 != 1) return NULL;
  return &plugin;
}
