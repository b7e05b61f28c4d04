/* A plugin without a fault. Each of the others in this folder adds one, or is this with one macro set. */
#include <jackfield/plugin.h>
#include <stddef.h>

#ifndef ID
#define ID "fixture"
#endif
#ifndef TABLE_SIZE
#define TABLE_SIZE sizeof(jf_plugin)
#endif
#ifndef ABI_BUILT
#define ABI_BUILT JF_ABI_VERSION
#endif
#ifndef ABI_OLDEST
#define ABI_OLDEST JF_ABI(1, 0)
#endif
#ifndef TABLE_FLAGS
#define TABLE_FLAGS 0
#endif
#ifndef STRIDE
#define STRIDE sizeof(jf_function)
#endif
#ifndef FUNCTION_COUNT
#define FUNCTION_COUNT 2
#endif
#ifndef FUNCTION_FLAGS
#define FUNCTION_FLAGS 0
#endif
#ifndef FIRST_NAME
#define FIRST_NAME "first"
#endif
#ifndef OPEN
#define OPEN open_instance
#endif
#ifndef ENTRY
#define ENTRY jackfield_plugin_v1
#endif
#ifndef OFFERED
#define OFFERED &plugin
#endif
#ifndef CARRIED
#define CARRIED ""
#endif

#define TEXT(literal) {(const uint8_t *)literal, sizeof(literal) - 1}

__attribute__((unused)) static jf_status open_instance(const jf_host *host, const jf_open_info *info, void **instance, jf_bytes *error) {
  (void)host, (void)info, (void)instance, (void)error;
  return JF_OK;
}
static void close_instance(void *instance) { (void)instance; }
static jf_status invoke(void *instance, jf_call call, uint32_t function, jf_bytes arguments) {
  (void)instance, (void)call, (void)function, (void)arguments;
  return JF_E_UNSUPPORTED;
}

static const jf_function functions[] = {
  {sizeof(jf_function), JF_KIND_TOOL, JF_EFFECT_NONE, FUNCTION_FLAGS, TEXT(FIRST_NAME)},
  {sizeof(jf_function), JF_KIND_TOOL, JF_EFFECT_IDEMPOTENT, JF_FUNCTION_MAY_PEND, TEXT("second")},
};

__attribute__((unused)) static const jf_plugin plugin = {
  .size = TABLE_SIZE,
  .abi_built = ABI_BUILT,
  .abi_oldest = ABI_OLDEST,
  .flags = TABLE_FLAGS,
  .id = TEXT(ID),
  .version = TEXT("1.0.0"),
  .functions = functions,
  .function_stride = STRIDE,
  .function_count = FUNCTION_COUNT,
  .descriptor = TEXT(CARRIED),
  .open = OPEN,
  .close = close_instance,
  .invoke = invoke,
};

JF_EXPORT const jf_plugin *ENTRY(uint32_t host_abi) {
  (void)host_abi;
  return OFFERED;
}
