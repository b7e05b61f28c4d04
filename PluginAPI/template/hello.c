#include <jackfield/plugin.h>

#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

/* One for every tenant. This one remembers nothing but the host it belongs to. */
static jf_status open_instance(const jf_host *host, const jf_open_info *info, void **instance, jf_bytes *error) {
  (void)info, (void)error;
  *instance = (void *)(uintptr_t)host;
  return JF_OK;
}

static void close_instance(void *instance) { (void)instance; }

/* The arguments have passed the inputSchema of the descriptor. Completed exactly once. */
static jf_status invoke(void *instance, jf_call call, uint32_t function, jf_bytes arguments) {
  static const jf_bytes result = TEXT("{\"text\":\"Hello from C!\"}");
  const jf_host *host = instance;
  (void)arguments;
  if (function != 0) return JF_E_ARGUMENT;
  host->complete(host, call, JF_OK, result);
  return JF_OK;
}

static const jf_function functions[] = {
    {sizeof(jf_function), JF_KIND_TOOL, JF_EFFECT_NONE, 0, TEXT("greet")},
};

static const jf_plugin plugin = {
    .size = sizeof(jf_plugin),
    .abi_built = JF_ABI_VERSION,
    .abi_oldest = JF_ABI(1, 0),
    .id = TEXT("hello"),
    .version = TEXT("1.0.0"),
    .functions = functions,
    .function_stride = sizeof(jf_function),
    .function_count = sizeof(functions) / sizeof(functions[0]),
    .open = open_instance,
    .close = close_instance,
    .invoke = invoke,
};

const jf_plugin *jackfield_plugin_v1(uint32_t host_abi) { return host_abi >> 16 == 1 ? &plugin : 0; }
