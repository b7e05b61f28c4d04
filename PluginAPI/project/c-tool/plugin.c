#include <jackfield/plugin.h>
#include <stdio.h>
#include <string.h>

#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

/* One for every tenant. This one remembers nothing but the host it belongs to. */
static jf_status open_instance(const jf_host *host, const jf_open_info *info, void **instance, jf_bytes *error) {
  (void)info, (void)error;
  *instance = (void *)(uintptr_t)host;
  return JF_OK;
}

static void close_instance(void *instance) { (void)instance; }

/* Completes a call with a result, or with a message that says why there is none. */
static jf_status finish(const jf_host *host, jf_call call, jf_status status, const char *text) {
  host->complete(host, call, status, (jf_bytes){(const uint8_t *)text, strlen(text)});
  return status;
}

/* The arguments have passed the inputSchema of descriptor.json; they are not NUL-terminated. */
static jf_status double_number(const jf_host *host, jf_call call, jf_bytes arguments) {
  char json[128], result[64];
  long long number;
  snprintf(json, sizeof json, "%.*s", arguments.len < sizeof json ? (int)arguments.len : 0, (const char *)arguments.ptr);
  if (sscanf(json, " { \"number\" : %lld }", &number) != 1)
    return finish(host, call, JF_E_ARGUMENT, "number is a whole number");
  snprintf(result, sizeof result, "{\"doubled\":%lld}", number * 2);
  return finish(host, call, JF_OK, result);
}

/* The numbers of functions are their places in the table below, and in descriptor.json. */
static jf_status invoke(void *instance, jf_call call, uint32_t function, jf_bytes arguments) {
  switch (function) {
  case 0: return double_number(instance, call, arguments);
  default: return JF_E_ARGUMENT;
  }
}

static const jf_function functions[] = {
  {sizeof(jf_function), JF_KIND_TOOL, JF_EFFECT_NONE, 0, TEXT("double")},
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
