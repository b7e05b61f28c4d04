#include <jackfield/plugin.h>

#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

/* One for every tenant. This one remembers nothing but the host it belongs to. */
static jf_status open_instance(const jf_host *host, const jf_open_info *info, void **instance, jf_bytes *error) {
  (void)info, (void)error;
  *instance = (void *)(uintptr_t)host;
  return JF_OK;
}

static void close_instance(void *instance) { (void)instance; }

/* One turn of a conversation. Pieces of text are a preview; the answer alone counts. */
static jf_status chat(const jf_host *host, jf_call call, jf_bytes request) {
  static const jf_bytes pieces[] = {TEXT("Hello, "), TEXT("world")};
  static const jf_bytes answer = TEXT("{\"text\":\"Hello, world\",\"toolCalls\":[],\"finishReason\":\"stop\","
                                      "\"usage\":{\"inputTokens\":1,\"outputTokens\":2}}");
  (void)request;
  for (unsigned piece = 0; piece < sizeof pieces / sizeof *pieces; piece++) {
    jf_status status = host->emit(host, call, JF_EVENT_TEXT, pieces[piece]);
    if (status == JF_E_CANCELLED || status == JF_E_DEADLINE) return status;
  }
  host->complete(host, call, JF_OK, answer);
  return JF_OK;
}

/* The numbers of functions are their places in the table below, and in descriptor.json. */
static jf_status invoke(void *instance, jf_call call, uint32_t function, jf_bytes arguments) {
  switch (function) {
  case 0: return chat(instance, call, arguments);
  default: return JF_E_ARGUMENT;
  }
}

static const jf_function functions[] = {
  {sizeof(jf_function), JF_KIND_CHAT, JF_EFFECT_NONE, 0, TEXT("chat")},
};

static const jf_plugin plugin = {
  .size = sizeof(jf_plugin),
  .abi_built = JF_ABI_VERSION,
  .abi_oldest = JF_ABI(1, 0),
  .id = TEXT("{{id}}"),
  .version = TEXT("0.1.0"),
  .functions = functions,
  .function_stride = sizeof(jf_function),
  .function_count = sizeof functions / sizeof *functions,
  .open = open_instance,
  .close = close_instance,
  .invoke = invoke,
};

const jf_plugin *jackfield_plugin_v1(uint32_t host_abi) { return host_abi >> 16 == 1 ? &plugin : NULL; }
