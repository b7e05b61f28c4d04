/* A plugin with one function and one instance. Whoever includes this defines `invoke`, and ends with ONE_FUNCTION. */
#include <jackfield/plugin.h>

#define TEXT(literal) {(const uint8_t *)literal, sizeof(literal) - 1}

static const jf_host *host;

static jf_status open_instance(const jf_host *given, const jf_open_info *info, void **opened, jf_bytes *error) {
  (void)info, (void)error;
  host = given;
  *opened = (void *)given;
  return JF_OK;
}

static void close_instance(void *opened) { (void)opened; }

static jf_status invoke(void *opened, jf_call call, uint32_t function, jf_bytes arguments);

#define ONE_FUNCTION(plugin_id, kind, name)                                                                            \
  static const jf_function functions[] = {{sizeof(jf_function), kind, JF_EFFECT_NONE, 0, TEXT(name)}};                 \
  static const jf_plugin plugin = {                                                                                    \
    .size = sizeof(jf_plugin), .abi_built = JF_ABI_VERSION, .abi_oldest = JF_ABI(1, 0), .id = TEXT(plugin_id),         \
    .version = TEXT("1.0.0"), .functions = functions, .function_stride = sizeof(jf_function), .function_count = 1,     \
    .open = open_instance, .close = close_instance, .invoke = invoke};                                                 \
  JF_EXPORT const jf_plugin *jackfield_plugin_v1(uint32_t host_abi) { return (void)host_abi, &plugin; }
